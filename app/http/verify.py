"""`POST /v1/verify`: the claim checks on any text."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.answering.checks import verify_claim
from app.http.services import ServicesOf
from app.http.texts import Text
from app.schemas import CheckOutput, VerifyOutput

MAX_CLAIM_CHARACTERS = 5_000
MAX_PASSAGES = 100
MAX_PASSAGE_CHARACTERS = 50_000

router = APIRouter(tags=["verify"])

PassageText = Annotated[Text, StringConstraints(max_length=MAX_PASSAGE_CHARACTERS)]


class VerifyRequest(BaseModel):
    """A claim and the texts that it is to rest on."""

    model_config = ConfigDict(extra="forbid")

    claim: Text = Field(min_length=1, max_length=MAX_CLAIM_CHARACTERS)
    passages: list[PassageText] = Field(max_length=MAX_PASSAGES)


@router.post("/v1/verify")
async def verify(given: VerifyRequest, services: ServicesOf) -> VerifyOutput:
    """Check a claim against the passages given with it; the library is not asked."""
    return await services.asks.run(lambda: _verified(given))


def _verified(given: VerifyRequest) -> VerifyOutput:
    checked = verify_claim(given.claim, given.passages)
    return VerifyOutput(
        verdict=checked.verdict.value,
        score=checked.score,
        reason=checked.reason,
        checks=[CheckOutput.of(check) for check in checked.checks],
    )
