"""A fork's templates: what is wrong with one is said with its file and line."""

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jinja2 import BaseLoader, Environment, TemplateNotFound, nodes

from exposing.errors import BuildError
from exposing.models import did_you_mean, read_text
from exposing.words import files_of


def theirs(folders: list[Path]) -> list[tuple[Path, Path]]:
    """A fork's files, each after the folder that it is in: one of all but the first of `folders`."""
    return [(folder, path) for folder in folders[1:] for path in files_of(folder, "**/*")]


def check_blocks(environment: Environment, folders: list[Path]) -> None:
    """Refuse the blocks of a fork's templates that nothing they extend has: they would not be shown."""
    for folder, path in theirs(folders):
        if path.suffix == ".jinja":
            with explained(environment, folders):
                tree = environment.parse(read_text(path), path.relative_to(folder).as_posix(), str(path))
                known = _blocks_below(environment, tree, str(path))
            for block in tree.body if known else ():
                if isinstance(block, nodes.Block) and block.name not in known:
                    what = f"no block `{block.name}` is in what it extends{did_you_mean(block.name, known)}"
                    raise BuildError(what, where=f"{path} line {block.lineno}", fix="rename it")


def _blocks_below(environment: Environment, tree: nodes.Template, path: str) -> set[str]:
    """The blocks of all that a template extends; none where it extends nothing."""
    blocks: set[str] = set()
    seen = {path}
    while (extends := tree.find(nodes.Extends)) and isinstance(extends.template, nodes.Const):
        name, where = str(extends.template.value), f"{path} line {extends.lineno}"
        assert isinstance(environment.loader, BaseLoader)  # noqa: S101 - for the types
        try:
            source, below, _ = environment.loader.get_source(environment, name)
        except TemplateNotFound as error:
            raise _no_template(environment, error, where) from None
        path = below or name
        if path in seen:
            raise BuildError("extends itself", where=where, fix=f"write `original/{name}` for ours")
        seen.add(path)
        tree = environment.parse(source, name, path)
        blocks |= {block.name for block in tree.find_all(nodes.Block)}
    return blocks


def _no_template(environment: Environment, error: TemplateNotFound, where: str) -> BuildError:
    known = environment.list_templates(filter_func=lambda name: name.endswith(".jinja"))
    return BuildError(
        f"no template `{error}`{did_you_mean(str(error), known)}", where=where, fix="correct it"
    )


@contextmanager
def explained(environment: Environment, folders: list[Path]) -> Iterator[None]:
    """Say in which template of a fork a fault is, and on which line. A fault of ours is a bug."""
    try:
        yield
    except BuildError:
        raise
    except Exception as error:
        own = [os.path.normpath(folder) for folder in folders[1:]]
        for place in reversed(traceback.extract_tb(error.__traceback__)):
            if any(Path(place.filename).is_relative_to(folder) for folder in own):
                where = f"{place.filename} line {place.lineno}"
                if isinstance(error, TemplateNotFound):
                    raise _no_template(environment, error, where) from None
                what = " ".join(str(error).split())
                raise BuildError(what, where=where, fix="correct it, or compare it with ours") from None
        raise
