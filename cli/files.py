"""Output files: whole or not at all."""

import uuid
from collections.abc import Mapping
from pathlib import Path

from serving.errors import InvalidArgument


def write_files(folder: Path, contents: Mapping[str, str], option: str = "--out") -> None:
    """Write text files into a folder, which is created; no file is ever seen half-written.

    All files are written beside their places first, then moved, so a full disk leaves earlier results alone.

    Raises
    ------
    InvalidArgument
        The folder cannot be written to; names `option`.
    """
    unfinished: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            unfinished[name] = folder / f".{name}.{uuid.uuid4().hex}"
            unfinished[name].write_text(text, encoding="utf-8")
        for name, file in unfinished.items():
            file.replace(folder / name)
    except OSError as error:
        raise InvalidArgument(option, f"Expected a folder that can be written to: {error}.") from error
    finally:
        for file in unfinished.values():
            file.unlink(missing_ok=True)


def prepare_files(files: Mapping[str, Path | None]) -> None:
    """See that output files, by option, can be written where they are asked for. Raises InvalidArgument.

    Pipes and devices are left alone, as nothing is made beside them.
    """
    for option, file in files.items():
        if file and file.is_dir():
            raise InvalidArgument(option, f"Expected a file that can be written to; {file} is a folder.")
        if file and (file.is_file() or not file.exists()):
            prepare_folder(file.parent, option)


def prepare_folder(folder: Path, option: str) -> None:
    """Create a folder and see that it can be written to, before work that ends in it. Raises InvalidArgument."""
    probe = ".probe"
    write_files(folder, {probe: ""}, option)
    (folder / probe).unlink(missing_ok=True)


def write_file(file: Path, text: str, option: str = "--out") -> None:
    """Write one text file, never half; its folder is created. Raises InvalidArgument that names `option`.

    What exists and is no regular file, such as /dev/null or a pipe, is written to and stays what it is.
    """
    if not file.exists() or file.is_file():
        write_files(file.parent, {file.name: text}, option)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidArgument(option, f"Expected a file that can be written to: {error}.") from error
