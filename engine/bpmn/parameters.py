"""Input and output parameters, data mappings and listeners: Camunda's extension elements with values in them."""

from __future__ import annotations

from engine.bpmn.expressions import Compiler
from engine.bpmn.names import CAMUNDA, Element, camunda, extensions
from engine.bpmn.node import DataMapping, Listener, Parameter, Value


def read_parameters(element: Element, kind: str, compiler: Compiler) -> tuple[Parameter, ...]:
    """`inputParameter` or `outputParameter` of the inputOutput, or `field` injections."""
    if kind == "field":
        entries = list(extensions(element, "field"))
    else:
        entries = [entry for box in extensions(element, "inputOutput") for entry in box if entry.tag == camunda(kind)]
    return tuple(
        Parameter(entry.get("name", ""), read_value(entry, compiler)) for entry in entries if entry.get("name")
    )


def read_value(entry: Element, compiler: Compiler) -> Value:
    """A text, a list, a map or a FEEL script inside `entry`."""
    literal = entry.get("stringValue") or entry.get("expression")
    if literal is not None:
        return Value(text=compiler.text(literal))
    for part in entry:
        if not isinstance(part.tag, str) or not part.tag.startswith("{" + CAMUNDA + "}"):
            continue
        name = part.tag[len(CAMUNDA) + 2 :]
        if name in ("string", "expression"):
            return Value(text=compiler.text("".join(part.itertext())))
        if name == "list":
            return Value(items=tuple(read_value(item, compiler) for item in part if _is_element(item)))
        if name == "map":
            return Value(entries=tuple((item.get("key", ""), read_value(item, compiler)) for item in part))
        if name == "script":
            return Value(expression=compiler.expression("".join(part.itertext())))
    return Value(text=compiler.text(entry.text or ""))


def _is_element(item: Element) -> bool:
    return isinstance(item.tag, str)


def read_mappings(element: Element, kind: str, compiler: Compiler) -> tuple[DataMapping, ...]:
    """The `in` or `out` elements of a call activity or an event definition."""
    return tuple(_mapping(entry, compiler) for entry in extensions(element, kind))


def _mapping(entry: Element, compiler: Compiler) -> DataMapping:
    source = entry.get("source")
    expression = entry.get("sourceExpression") or (f"${{{source}}}" if source else None)
    if entry.get("businessKey"):
        return DataMapping(expression=compiler.expression(entry.get("businessKey", "")), business_key=True)
    return DataMapping(
        target=entry.get("target") or source,
        expression=compiler.expression(expression) if expression else None,
        all=entry.get("variables") == "all",
        local=entry.get("local") == "true",
    )


def read_listeners(element: Element, kind: str, compiler: Compiler) -> tuple[Listener, ...]:
    """Listeners that name an operation, the way a service task does."""
    made = []
    for entry in extensions(element, kind):
        delegate = entry.get("delegateExpression") or entry.get("class") or ""
        name = delegate.strip().removeprefix("${").removeprefix("#{").removesuffix("}").strip()
        if name:
            made.append(Listener(entry.get("event", "take"), name, _fields(entry, compiler)))
    return tuple(made)


def _fields(entry: Element, compiler: Compiler) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(field.get("name", ""), read_value(field, compiler))
        for field in entry
        if field.tag == camunda("field") and field.get("name")
    )
