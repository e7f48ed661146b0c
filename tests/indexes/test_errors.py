from indexes.errors import EncryptedSource, RonbunError, error_with_code


def test_a_code_gives_its_class_back() -> None:
    error = error_with_code("encrypted_source", "asks for a password", hint="Remove it.")
    assert type(error) is EncryptedSource
    assert (error.message, error.hint) == ("asks for a password", "Remove it.")


def test_an_unknown_code_gives_the_root() -> None:
    assert type(error_with_code("internal", "broke", hint="Report it.")) is RonbunError
