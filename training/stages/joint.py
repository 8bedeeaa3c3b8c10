"""Joint fine-tuning: both stages at once, the second on the edges of the first as they come out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor, nn

from training.batches import Batch
from training.losses import Terms
from training.stages.edges import EdgeCompletion
from training.stages.inpaint import Painting
from training.stages.stage import Outcome


@dataclass
class JointOutcome:
    """What the two parts made."""

    completion: Outcome
    painting: Outcome


class Joint:
    """Both stages; each network is trained by its own losses.

    Parameters
    ----------
    completion : EdgeCompletion
        The first stage.
    painting : Painting
        The second stage.
    """

    def __init__(self, completion: EdgeCompletion, painting: Painting) -> None:
        self._completion, self._painting = completion, painting
        self.generators: dict[str, nn.Module] = completion.generators | painting.generators
        self.discriminators: dict[str, nn.Module] = (
            completion.discriminators | painting.discriminators
        )
        self.fixed: dict[str, nn.Module] = {}

    def generator_step(self, batch: Batch, step: int) -> tuple[Terms, JointOutcome]:
        """Complete the edges, paint along them, and weigh Eq. 8 and Eq. 20."""
        edge_terms, completion = self._completion.generator_step(batch, step)

        def completed(part: Batch) -> Tensor:
            # Of the batch itself it is there already; of its surroundings it is only looked at.
            if part is batch and completion.probability is not None:
                return completion.probability
            return self._completion.complete(part)

        terms, painting = self._painting.generator_step(batch, step, completed)
        return {**_named(edge_terms), **terms}, JointOutcome(completion, painting)

    def discriminator_step(self, batch: Batch, outcome: JointOutcome, step: int) -> Terms:
        """Hinge losses of D1, D2 and D3."""
        return {
            **self._completion.discriminator_step(batch, outcome.completion, step),
            **self._painting.discriminator_step(batch, outcome.painting, step),
        }

    def shown(self, outcome: JointOutcome) -> Outcome:
        """Return the painting, with G1's probability."""
        return replace(outcome.painting, probability=outcome.completion.probability)


def _named(terms: Terms) -> Terms:
    return {f"edge_{name}": value for name, value in terms.items()}
