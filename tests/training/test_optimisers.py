import torch
from torch import nn

from training.optimisers import make_optimisers


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
        singular = torch.linalg.svdvals(moved.permute(0, 2, 3, 1).flatten(1))
        # The iteration of PyTorch's Muon leaves singular values of 0.5 to 1.5 of their mean.
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


def test_forgetting_gradients_forgets_those_of_the_weights() -> None:
    model = network()
    optimisers = make_optimisers([model], "muon", 1e-2, (0.9, 0.99))
    (model(torch.rand(2, 3, 16, 16)) ** 2).mean().backward()
    for optimiser in optimisers:
        optimiser.zero_grad()
    assert all(weight.grad is None for weight in model.parameters())
