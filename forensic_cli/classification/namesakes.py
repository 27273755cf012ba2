"""Whether every entry can be told by the last part of its path."""

from forensic_cli.errors import UsageError
from forensic_cli.evidence.listing import Listing
from forensic_cli.foundation.path_text import on_screen, visible


def refuse_namesakes(listing: Listing) -> None:
    """Refuse names without folders where two entries would have one.

    Raises:
        UsageError: Two have; they are named.
    """
    seen: dict[bytes, int] = {}
    for item in listing:
        name = item.path.rpartition(b"/")[2]
        if (first := seen.setdefault(name, item.index)) != item.index:
            both = " and ".join(
                repr(on_screen(visible(path))) for path in (listing[first].path, item.path)
            )
            msg = f"--names basename: {both} would have one name; use relative or full"
            raise UsageError(msg)
