import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from training.optimisers import ConvolutionMuon, make_optimisers, orthogonal


def network() -> nn.Sequential:
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 8, 3, padding=1), nn.ConvTranspose2d(8, 4, 4, 2, 1), nn.Conv2d(4, 3, 3))
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def step(model: nn.Sequential, name: str, rate: float = 1e-2) -> list[torch.Tensor]:
    """Take one step down a loss and return how far each weight moved."""
    before = [weight.detach().clone() for weight in model.parameters()]
    optimisers = make_optimisers([model], name, rate, (0.9, 0.99))
    torch.manual_seed(1)
    (model(torch.rand(2, 3, 16, 16)) ** 2).mean().backward()
    for optimiser in optimisers:
        optimiser.step()
    return [after.detach() - b for after, b in zip(model.parameters(), before, strict=True)]


def test_muon_moves_convolutions_along_orthogonal_matrices() -> None:
    first, _, second, *_ = step(network(), "muon")
    for moved in (first, second):
        singular = torch.linalg.svdvals(moved.flatten(1))
        # The iteration leaves singular values of 0.7 to 1.2.
        assert singular.min() > 0.3 * singular.max()


def test_muon_leaves_biases_and_the_last_convolution_to_adam() -> None:
    muon, adam = step(network(), "muon"), step(network(), "adam")
    for i in (1, 3, 4, 5):
        torch.testing.assert_close(muon[i], adam[i])
    assert not torch.allclose(muon[0], adam[0])


def test_muon_goes_downhill() -> None:
    model = network()
    torch.manual_seed(1)
    picture = torch.rand(2, 3, 16, 16)
    before = (model(picture) ** 2).mean().item()
    for _ in range(5):
        step(model, "muon")
    assert (model(picture) ** 2).mean().item() < before


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
def test_orthogonal_matrices_keep_directions_and_lose_lengths(rows, columns, seed):
    torch.manual_seed(seed)
    matrix = torch.randn(rows, columns)
    made = orthogonal(matrix)
    assert made.shape == matrix.shape
    # Against the exact answer: the same singular vectors, singular values near 1.
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    assert (left.T @ made @ right.T).diagonal().max() < 1.3
    assert torch.linalg.norm(made) <= 1.3 * min(rows, columns) ** 0.5
    assert (made * (left @ right)).sum() > 0


def test_no_gradient_is_no_direction():
    assert not orthogonal(torch.zeros(3, 5)).any()


def test_a_step_is_that_of_pytorchs_muon():
    torch.manual_seed(0)
    ours = nn.Conv2d(16, 8, 3, bias=False)
    theirs = nn.Parameter(ours.weight.detach().clone().flatten(1))
    steps = (
        ConvolutionMuon([ours.weight], 1e-2),
        torch.optim.Muon([theirs], 1e-2, weight_decay=0, adjust_lr_fn="match_rms_adamw"),
    )
    before = theirs.detach().clone()
    for _ in range(3):
        gradient = torch.randn_like(ours.weight)
        ours.weight.grad, theirs.grad = gradient, gradient.flatten(1)
        for optimiser in steps:
            optimiser.step()
    moved, expected = ours.weight.detach().flatten(1) - before, theirs.detach() - before
    # Theirs computes in bfloat16.
    assert (moved - expected).norm() < 0.05 * expected.norm()
