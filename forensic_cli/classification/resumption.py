"""What an earlier attempt at the same outputs left behind, and whether a run may go on from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from forensic_cli.audit.replay import Replay, replay
from forensic_cli.audit.verify import verify_run
from forensic_cli.errors import LogError, UsageError
from forensic_cli.outputs.run_folder import RunFolder
from forensic_cli.settings import Binding, ClassifySettings


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier attempt.

    Attributes:
        state: What its log says.
        published: Whether all of its outputs already have their final names.
    """

    state: Replay
    published: bool


def earlier_attempt(
    folder: RunFolder, *, resume: bool, force: bool, head: str | None = None
) -> Earlier | None:
    """The attempt to go on from; None where the run starts at its beginning.

    Args:
        folder: The run's partial folder and final names.
        resume: ``--resume``.
        force: ``--force``; together with ``resume`` it goes on from an interrupted run, and starts
            again where there is none.
        head: The digest that the interrupted attempt ended with, where it was written down.

    Raises:
        UsageError: Something is there that the examiner did not ask to go on from or to replace.
        LogError: What is there does not verify, or is not what ended with that digest.
    """
    if resume and folder.is_interrupted:
        state = replay(folder.log, tolerate_torn_tail=True)
        _check_head(state.head, head)
        if state.entries:
            return Earlier(state, published=False)
        if folder.has_segments:
            msg = (
                f"{str(folder.log)!r} says nothing, but committed segments are beside it: the log "
                "was cut; find out why, then start again with --force"
            )
            raise LogError(msg)
    elif resume and not force and folder.names.audit.is_file():
        return _published(folder, head)
    elif resume and folder.has_segments and not force:
        msg = (
            f"{str(folder.path)!r} holds committed segments and no log: it was taken away; find "
            "out why, then start again with --force"
        )
        raise LogError(msg)
    if head is not None:
        msg = "--head is given, and there is no run to go on from"
        raise UsageError(msg)
    if force:
        return None
    if folder.is_interrupted and not resume:
        msg = (
            f"an interrupted run is in {str(folder.path)!r}; "
            "go on from it with --resume, or start again with --force"
        )
        raise UsageError(msg)
    if folder.names.taken:
        names = ", ".join(path.name for path in folder.names.taken)
        msg = f"already there: {names}; choose another --out, or replace them with --force"
        raise UsageError(msg)
    return None


def _check_head(found: str, expected: str | None) -> None:
    if expected not in {None, found}:
        msg = (
            f"the log of the interrupted run ends in {found}, not in {expected}: it was altered, "
            "or is of another attempt; find out why before you start again with --force"
        )
        raise LogError(msg)


def _published(folder: RunFolder, head: str | None) -> Earlier:
    verified = verify_run(folder.names.audit, head)
    if verified.failures:
        said = "; ".join(f"{check.what}: {check.detail}" for check in verified.failures)
        msg = f"a finished run is there, but it does not verify: {said}"
        raise LogError(msg)
    if verified.state.finished is None:
        msg = f"{str(folder.names.audit)!r} is the log of an aborted run; replace it with --force"
        raise UsageError(msg)
    return Earlier(verified.state, published=True)


def check_same_request(state: Replay, settings: ClassifySettings, model_sha256: str) -> None:
    """Refuse to report a finished run as the answer to another question.

    Raises:
        UsageError: It had another model, or other settings that a result depends on.
    """
    differing = settings.differing(state.settings, Binding.IDENTITY, Binding.REQUEST)
    if settings.batch_size == state.identity.get("batch_size"):
        differing.pop("batch_size", None)  # asked for now, taken by itself then
    if state.model["sha256"] != model_sha256:
        differing["the model's content"] = f"was {state.model['sha256']}, is {model_sha256}"
    if differing:
        msg = (
            f"a finished run is there, made with other settings: {_in_words(differing)}; "
            "choose another --out, or replace it with --force"
        )
        raise UsageError(msg)


def check_same_record(state: Replay, settings: ClassifySettings) -> None:
    """Refuse to go on under a log that states something else of the case.

    Raises:
        UsageError: The case, the exhibit, the examiner ... is another; both values are named.
    """
    differing = settings.differing(state.started["settings"], Binding.RECORD)
    if differing:
        msg = (
            f"the log of the run to resume says otherwise: {_in_words(differing)}; resume with "
            "what it says, or start again with --force"
        )
        raise UsageError(msg)


def _in_words(differing: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({values})" for name, values in differing.items())


def check_same_evidence(state: Replay, evidence: Mapping[str, object]) -> None:
    """Refuse to go on from a run over other evidence.

    Raises:
        UsageError: Its name or its listing is another.
    """
    before = state.started["evidence"]
    if before["name"] != evidence["name"]:
        msg = (
            f"the run to resume was over {before['name']!r}, not {evidence['name']!r}; use --force"
        )
        raise UsageError(msg)
    if before["listing_sha256"] != evidence["listing_sha256"]:
        msg = (
            f"the evidence changed since the interrupted run ({before['entries']} entries then, "
            f"{evidence['entries']} now, or other sizes or names); find out why, "
            "then start again with --force"
        )
        raise UsageError(msg)


def check_same_identity(state: Replay, identity: Mapping[str, object]) -> None:
    """Refuse to add rows that were made otherwise than the committed ones.

    Raises:
        UsageError: Something that can change a row differs; it is named.
    """
    if not state.committed:
        return
    differing = sorted(
        key
        for key in identity.keys() | state.identity.keys()
        if identity.get(key) != state.identity.get(key)
    )
    if differing:
        said = ", ".join(
            f"{key} (was {state.identity.get(key)!r}, is {identity.get(key)!r})"
            for key in differing
        )
        msg = f"cannot go on from the interrupted run, these differ: {said}; use --force"
        raise UsageError(msg)
