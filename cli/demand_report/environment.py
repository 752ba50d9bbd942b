"""Templates with their filters and style; pages need nothing but themselves."""

from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

STYLES = (("cli.report", "report.css"), ("cli.predict_report", "evaluation.css"), ("cli.demand_report", "demand.css"))
"""Style sheets of the pages, the more special ones last."""


def page_environment() -> Environment:
    """Return the templates of the pages."""
    environment = Environment(
        loader=FunctionLoader(lambda name: _text("cli.demand_report", name)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The style is files of these packages, not data, and must not be escaped.
    environment.globals["style"] = Markup("\n".join(_text(package, name) for package, name in STYLES))
    return environment


def _text(package: str, name: str) -> str:
    return (resources.files(package) / "templates" / name).read_text(encoding="utf-8")
