"""What the clients share: their arguments, and comparisons that end the script at the first difference."""

import sys

# Ways in which the test provider cuts its streams.
CUTS = ("", "-nasty", "-bytes")


def arguments():
    """The URL of the gateway or provider, and the text whose values must come back."""
    return sys.argv[1].rstrip("/"), sys.argv[2]


def check(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: got {got!r}, wanted {wanted!r}")


def check_times(what, got, text, times):
    """`got` must hold `text` so many times: what a conversation said of it comes back joined."""
    check(f"{what} (times of the text in {got!r})", got.count(text), times)


def check_counts(what, vectors, count):
    """Embeddings hold no text: there must be one for each input, none empty."""
    check(what, (len(vectors), all(len(vector) > 0 for vector in vectors)), (count, True))
