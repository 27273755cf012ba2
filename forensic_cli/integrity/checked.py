"""A finished check, as a value."""

from dataclasses import dataclass

from forensic_cli.integrity.report import VerificationReport


@dataclass(frozen=True, slots=True)
class Checked:
    """A finished check.

    Attributes:
        target: What was checked, in words.
        reference: What it was held to, in words.
        report: What was found.
        remarks: What an examiner should know of the reference.
    """

    target: str
    reference: str
    report: VerificationReport
    remarks: tuple[str, ...] = ()
