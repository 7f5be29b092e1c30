"""The acts on a case's checklist: read it, tick a step."""

from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.cases import concluding_store, service
from birthreg.cases.checklist_models import Checklist, ChecklistStep, Step, StepRequest, StepState, Tick
from birthreg.cases.checklist_rules import checklist_of
from birthreg.cases.models import Acted, CaseAct
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import FieldsWrong, field_error
from birthreg.screening.showing import Reader


class CaseStep(msgspec.Struct, frozen=True):
    """A step of a case's checklist with its tick, if it was ever touched."""

    step: Step
    is_required: bool
    asked_by: list[str]
    tick: Tick | None

    @property
    def state(self) -> StepState:
        """How it stands."""
        return self.tick.state if self.tick else StepState.OPEN

    @property
    def was(self) -> StepState | None:
        """How it stood when the case was opened again; None where that was said since, or it never was."""
        return self.tick.said if self.tick and self.tick.said is not self.tick.state else None

    @property
    def told(self) -> Tick | None:
        """Its tick, where it was made inside the scope."""
        return self.tick if self.tick and self.tick.is_inside else None


async def list_steps(tx: Transaction, *, scope: Scope, case: UUID) -> list[CaseStep]:
    """Return the checklist of a case with all that was merged into it; the caller found that case in the scope."""
    kinds = await concluding_store.list_kinds(tx, case=case)
    ticks = {tick.step: tick for tick in await concluding_store.list_ticks(tx, scope=scope, case=case)}
    return [
        CaseStep(step, is_required, asked_by, ticks.get(step.code))
        for step, is_required, asked_by in checklist_of(kinds)
    ]


async def list_open_steps(tx: Transaction, *, scope: Scope, case: UUID) -> list[CaseStep]:
    """Return the required steps that are still open."""
    steps = await list_steps(tx, scope=scope, case=case)
    return [step for step in steps if step.is_required and step.state is StepState.OPEN]


async def read_checklist(tx: Transaction, *, scope: Scope, case: UUID, reader: Reader) -> Checklist:
    """Return the checklist of a case inside the scope; who reads numbers masked isn't told notes, which name people.

    Raises:
        NotFound: there is no such case.
    """
    await service.find_case(tx, scope=scope, case=case)
    steps = await list_steps(tx, scope=scope, case=case)
    still_open = sum(step.is_required and step.state is StepState.OPEN for step in steps)
    return Checklist(required_open=still_open, items=[_show(step, reader) for step in steps])


def _show(step: CaseStep, reader: Reader) -> ChecklistStep:
    tick = step.told
    return ChecklistStep(
        step=step.step.code,
        text=step.step.text.speak(reader.language),
        source=step.step.source,
        required=step.is_required,
        asked_by=step.asked_by,
        state=step.state,
        was=step.was,
        officer=tick.officer if tick else None,
        at=tick.at if tick else None,
        note=tick.note if tick and reader.clear else None,
        evidence_ids=tick.evidence if tick else [],
    )


async def tick(
    tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, asked: StepRequest, version: int | None,
    terminal: str,
) -> Acted:  # fmt: skip
    """Say that a step is done, isn't after all, or can't be done; who, when and on what evidence is kept.

    Raises:
        FieldsWrong: no step of this case, no reason why it doesn't apply, or evidence that isn't this case's.
        NotFound, PreconditionFailed, refusals: as for every act.
    """
    state = _state_of(asked)
    held = await service.hold(tx, officer, scope=scope, case=case, act=CaseAct.STEP, version=version, terminal=terminal)
    await _require_step(tx, scope=scope, case=case, step=asked.step)
    await _require_evidence(tx, scope=scope, case=case, evidence=asked.evidence_ids)
    await concluding_store.count_version(tx, case=case)
    detail = {"step": asked.step, "state": state, "evidence": [str(one) for one in asked.evidence_ids]}
    acted = await service.trace(tx, officer, held, note=asked.note, detail=detail)
    await concluding_store.keep_tick(
        tx, case=case, step=asked.step, state=state, evidence=asked.evidence_ids, officer=officer.id,
        entry=acted.entry_id,
    )  # fmt: skip
    return acted


def _state_of(asked: StepRequest) -> StepState:
    if not asked.not_applicable:
        return StepState.DONE if asked.done else StepState.OPEN
    if asked.done:
        raise field_error(
            field="done", code="step_done_or_not_applicable",
            zh="标为“不适用”的步骤不能同时标为已完成,请将 done 设为 false。",
            en="A step that doesn't apply isn't done as well: send done as false.",
        )  # fmt: skip
    if asked.note is None:
        raise field_error(
            field="note", code="reason_missing", zh="标为“不适用”时须说明理由。", en="Say why the step doesn't apply."
        )
    return StepState.NOT_APPLICABLE


async def _require_step(tx: Transaction, *, scope: Scope, case: UUID, step: str) -> None:
    known = {one.step.code: one.step.text for one in await list_steps(tx, scope=scope, case=case)}
    if step not in known:
        zh = "、".join(f"{code}({text.zh})" for code, text in known.items())
        en = ", ".join(f"{code} ({text.en})" for code, text in known.items())
        raise field_error(
            field="step", code="step_unknown",
            zh=f"本案核查清单中没有这一步骤,可选:{zh}。",
            en=f"This case's checklist has no such step; it has: {en}.",
        )  # fmt: skip


async def _require_evidence(tx: Transaction, *, scope: Scope, case: UUID, evidence: list[UUID]) -> None:
    if not evidence:
        return
    known = set(await concluding_store.list_known_evidence(tx, scope=scope, case=case, evidence=evidence))
    wrong = tuple(
        error
        for place, one in enumerate(evidence)
        if one not in known
        for error in field_error(
            field=f"evidence_ids[{place}]", code="evidence_unknown", zh="本案没有这份证据。",
            en="This case has no such evidence.",
        ).errors
    )  # fmt: skip
    if wrong:
        raise FieldsWrong(errors=wrong)
