"""Input and output parameters, data mappings and listeners: Camunda's extension elements with values in them."""

from __future__ import annotations

from engine.bpmn.expressions import Compiler
from engine.bpmn.names import COMPILED, Element, camunda, extensions, text_of
from engine.bpmn.node import NO_DATA, Data, DataMapping, Listener, Parameter, Value


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
    own = _structured(entry, compiler)
    if own is not None:
        return own
    found = (_structured(part, compiler) for part in entry if _is_element(part))
    return next((value for value in found if value is not None), Value(text=compiler.text(entry.text or "")))


def _structured(part: Element, compiler: Compiler) -> Value | None:
    """A list, a map, a script or a text as an element of its own."""
    if part.tag in (camunda("string"), camunda("expression")):
        return Value(text=compiler.text("".join(part.itertext())))
    if part.tag == camunda("list"):
        return Value(items=tuple(read_value(item, compiler) for item in part if _is_element(item)))
    if part.tag == camunda("map"):
        return Value(
            entries=tuple((item.get("key", ""), read_value(item, compiler)) for item in part if _is_element(item))
        )
    if part.tag == camunda("script"):
        return Value(expression=compiler.expression("".join(part.itertext()).strip() or "null"))
    return None


def _is_element(item: Element) -> bool:
    return isinstance(item.tag, str)


def read_mappings(element: Element, kind: str, compiler: Compiler) -> tuple[DataMapping, ...]:
    """The `in` or `out` elements of a call activity or an event definition."""
    return tuple(_mapping(entry, compiler) for entry in extensions(element, kind))


def _mapping(entry: Element, compiler: Compiler) -> DataMapping:
    source = entry.get("source")
    expression = entry.get("sourceExpression") or (f"${{{source}}}" if source else None)
    if entry.get("businessKey"):
        return DataMapping(business_key=compiler.text(entry.get("businessKey", "")))
    return DataMapping(
        target=entry.get("target") or source,
        expression=compiler.expression(expression) if expression else None,
        all=entry.get("variables") == "all",
        local=entry.get("local") == "true",
    )


def read_data(element: Element, compiler: Compiler) -> Data:
    """What lowering made of data associations, data outputs, properties and data objects."""
    found: dict[str, list[Parameter]] = {"local": [], "in": [], "out": [], "object": []}
    for entry in element:
        if entry.tag == f"{{{COMPILED}}}data":
            value = Value(expression=compiler.expression(entry.text or "null"))
            found[entry.get("kind")].append(Parameter(entry.get("name"), value))
    if not any(found.values()):
        return NO_DATA
    own = tuple(each.name for each in found["local"])
    return Data(own, tuple(found["in"]), tuple(found["out"]), tuple(found["object"]))


def read_listeners(element: Element, kind: str, compiler: Compiler) -> tuple[Listener, ...]:
    """Listeners that name an operation, the way a service task does."""
    made = []
    for entry in extensions(element, kind):
        delegate = entry.get("delegateExpression") or entry.get("class") or ""
        name = delegate.strip().removeprefix("${").removeprefix("#{").removesuffix("}").strip()
        event = entry.get("event", "take")
        if name:
            made.append(Listener(event, name, _fields(entry, compiler)))
        elif (text := computed(entry)) is not None:
            made.append(Listener(event, expression=compiler.expression(text)))
    return tuple(made)


def computed(listener: Element) -> str | None:
    """The expression or script of a listener that calls nothing."""
    script = next((text_of(part) for part in listener if part.tag == camunda("script")), None)
    return script or listener.get("expression") or None


def _fields(entry: Element, compiler: Compiler) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(field.get("name", ""), read_value(field, compiler))
        for field in entry
        if field.tag == camunda("field") and field.get("name")
    )
