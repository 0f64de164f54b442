"""Questions to whoever sits at the keyboard of a command."""


def typed(question: str) -> str:
    """What they type; nothing where nobody sits there, so that a script never goes on by itself."""
    try:
        return input(question).strip()
    except EOFError:
        return ""
