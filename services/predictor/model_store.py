"""Stored model versions: the folder that the model server watches."""

import shutil
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from services.predictor.area import Area
from services.predictor.model_card import ModelCard
from services.predictor.model_versions import next_version, parse_version
from services.predictor.promotions import Decision, Promotion, PromotionLog
from services.predictor.serving_list import write_serving_list
from serving.errors import NotFound

CARD_PATH = Path("assets.extra") / "model_card.json"
"""Inside a version folder; a SavedModel leaves `assets.extra` to its owner."""

TRAININGS = ".trainings"
"""Below the models folder, so that it survives the process; model servers pass over it."""


class ModelStore:
    """Versions below `<models_dir>/<model>/<integer version>/`, each a SavedModel with its card; never changed."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir

    def publish(self, card: ModelCard, write: Callable[[Path], None]) -> ModelCard:
        """Store a model as the next version of `card.model`; it appears whole or not at all.

        Parameters
        ----------
        card : its version is set here.
        write : writes the SavedModel into the folder it is given.
        """
        folder = self._models_dir / card.model
        unfinished = folder / f".unfinished-{uuid.uuid4().hex}"
        unfinished.mkdir(parents=True)
        try:
            write(unfinished)
            placed = self._place(card, folder, unfinished)
            write_serving_list(self._models_dir)
            return placed
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def training_folder(self, key: str) -> Path:
        """Return the folder in which the training with this key keeps what it has done so far."""
        return self._models_dir / TRAININGS / key

    def cards(self) -> tuple[ModelCard, ...]:
        """Return all cards, newest first."""
        paths = self._models_dir.glob(f"*/*/{CARD_PATH}")
        cards = [ModelCard.from_json(path.read_text()) for path in paths if path.parent.parent.name.isdigit()]
        return tuple(sorted(cards, key=lambda card: (card.create_time, card.version), reverse=True))

    def fitting(self, area: Area) -> tuple[ModelCard, ...]:
        """Return the cards of models for this area: same name, grid and data policy; newest first."""
        name = model_name(area.name)
        return tuple(
            card
            for card in self.cards()
            if card.model == name and card.grid == area.grid and card.policy.leaves_out_the_same(area.policy)
        )

    def preferred(self, area: Area) -> tuple[ModelCard, ...]:
        """Return the cards of models for this area: the promoted one where there is one, then newest first."""
        promoted, cards = self.promoted(area), self.fitting(area)
        return cards if promoted is None else (promoted, *(card for card in cards if card != promoted))

    def get(self, resource_name: str) -> ModelCard:
        """Return the card of "models/{model}/versions/{version}".

        Raises
        ------
        NotFound
            There is no such version.
        """
        for card in self.cards():
            if card.resource_name == resource_name:
                return card
        raise NotFound("model", resource_name)

    def find_request(self, key: str) -> ModelCard | None:
        """Return the newest version that the request with this key made, None if there is none."""
        return next((card for card in self.cards() if card.request_key == key), None)

    def promoted(self, area: Area) -> ModelCard | None:
        """Return the promoted version of the area's model; None where none is, or where it does not fit."""
        version = PromotionLog(self._models_dir / model_name(area.name)).promoted()
        return next((card for card in self.fitting(area) if card.version == version), None)

    def promotions(self, card: ModelCard) -> tuple[Promotion, ...]:
        """Return all decisions about the card's model, oldest first; the last is in force."""
        return PromotionLog(self._models_dir / card.model).entries()

    def promote(self, resource_name: str, decision: Decision) -> Promotion:
        """Make a version the one that is used where a request names none, and that model servers label "promoted".

        Raises
        ------
        NotFound
            There is no such version.
        """
        card = self.get(resource_name)
        promotion = PromotionLog(self._models_dir / card.model).promote(card.version, decision)
        write_serving_list(self._models_dir)
        return promotion

    def roll_back(self, resource_name: str, decision: Decision) -> Promotion:
        """Take the promotion of a version back; the last one promoted before it that is still stored is used again.

        The version itself need not be stored any more.

        Raises
        ------
        NotFound
            There is no such version, nor a decision about one.
        FailedPrecondition
            It is not the promoted version, or none that is still stored was promoted before it.
        """
        model, version = parse_version(resource_name)
        if model not in {card.model for card in self.cards()}:
            raise NotFound("model", resource_name)
        promotions = PromotionLog(self._models_dir / model)
        if version not in promotions.versions():
            self.get(resource_name)
        promotion = promotions.roll_back(version, decision)
        write_serving_list(self._models_dir)
        return promotion

    def _place(self, card: ModelCard, folder: Path, unfinished: Path) -> ModelCard:
        """Write the card and rename to the next version."""
        decided = max(PromotionLog(folder).versions(), default=0)
        with next_version(folder, decided) as version:
            numbered = replace(card, version=version)
            card_path = unfinished / CARD_PATH
            card_path.parent.mkdir(exist_ok=True)
            card_path.write_text(numbered.to_json())
            unfinished.rename(folder / str(version))
        return numbered


def model_name(area_name: str) -> str:
    """Return the model name of an area: lower case letters and digits, joined by hyphens.

    >>> model_name("Central Toronto (52 Division)")
    'central-toronto-52-division'
    """
    words = "".join(letter if letter.isalnum() else " " for letter in area_name.lower()).split()
    return "-".join(words) or "area"
