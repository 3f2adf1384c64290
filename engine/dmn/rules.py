"""The findings about DMN files."""

from __future__ import annotations

from engine.findings import rule

NOT_XML = rule(
    "dmn-not-xml", "The file is not well-formed XML: {reason}.", "Save it again from the modeler or mend the line."
)
DOCTYPE = rule(
    "dmn-doctype", "The file carries a DOCTYPE, which could pull in other files.", "Remove the DOCTYPE line."
)
NOT_DMN = rule(
    "dmn-not-dmn", "The file holds no DMN definitions but {found}.", "Choose a file saved as DMN 1.1 to 1.5."
)
UNKNOWN_ELEMENT = rule(
    "dmn-unknown-expression", "The element {found} is no expression of DMN.", "Use a table, a literal or a context."
)
NO_DECISION = rule("dmn-no-decision", "The file holds no decision.", "Draw at least one decision.", "warning")
UNKNOWN_REFERENCE = rule(
    "dmn-unknown-reference", "It requires {href}, which the file does not hold.", "Draw the arrow again."
)
CYCLE = rule("dmn-cycle", "The decision requires itself by way of {path}.", "Take one of the arrows away.")
MISSING_IMPORT = rule(
    "dmn-missing-import", "It imports {namespace}, which is not among the files.", "Deploy the imported file with it."
)
DOUBLE_NAME = rule("dmn-double-name", "Two elements carry the name {name}.", "Give each its own name.", "warning")
SYNTAX = rule("dmn-syntax", "“{text}” is no valid FEEL: {reason}.", "{hint}")
LANGUAGE = rule("dmn-language", "The expression is written in {language}, which is not run here.", "Write it in FEEL.")
UNKNOWN_TYPE = rule(
    "dmn-unknown-type", "The type {name} is not defined.", "Define it or choose a built-in type.", "warning"
)
UNKNOWN_NAME = rule(
    "dmn-unknown-name", "“{text}” uses the name {name}, which nothing provides.", "Draw the requirement or correct it."
)
UNKNOWN_FUNCTION = rule(
    "dmn-unknown-function", "“{text}” calls {name}, which is no function.", "Correct the name of the function."
)
EXTERNAL_FUNCTION = rule(
    "dmn-external-function",
    "The function is written in {kind} and always gives null here.",
    "Write its body in FEEL.",
    "warning",
)
WRONG_CELLS = rule(
    "dmn-wrong-cells", "Rule {number} has {found} cells where the table has {expected} columns.", "Add or remove cells."
)
BAD_HIT_POLICY = rule(
    "dmn-hit-policy", "The hit policy {found} does not exist.", "Choose UNIQUE, FIRST, ANY, PRIORITY or COLLECT."
)
EMPTY_INPUT = rule(
    "dmn-empty-input", "The column has no expression: its value is always null.", "Say what is tested.", "warning"
)
PRIORITY_WITHOUT_VALUES = rule(
    "dmn-no-priority", "The hit policy {policy} needs the output values in their order.", "List the output values."
)
GAP = rule(
    "dmn-gap",
    "No rule of the table answers {example}.",
    "Add a rule, a default output, or a last rule of dashes.",
    "warning",
)
OVERLAP = rule(
    "dmn-overlap",
    "Rules {first} and {second} both match {example}, and the table says UNIQUE.",
    "Narrow one of the rules or choose another hit policy.",
)
CONFLICT = rule(
    "dmn-conflict",
    "Rules {first} and {second} both match {example} with different outputs, and the table says ANY.",
    "Make the outputs equal or narrow one of the rules.",
)
UNREACHABLE = rule(
    "dmn-unreachable", "Rule {number} can never match: {cell}.", "Correct the cell or delete the rule.", "warning"
)
SHADOWED = rule(
    "dmn-shadowed",
    "Rule {number} never decides: rules before it, or of higher priority, match everything it matches.",
    "Move the rule up, narrow the others or delete it.",
    "warning",
)
NOT_ALLOWED = rule(
    "dmn-not-allowed",
    "Rule {number} tests or gives {value}, which is not among the allowed values of {column}.",
    "Correct the cell or the allowed values.",
)
TYPE_CLASH = rule(
    "dmn-type-clash",
    "“{text}” puts {operator} between {left} and {right}, which FEEL cannot compute.",
    "Convert one side, or correct the expression.",
)
CELL_TYPE = rule(
    "dmn-cell-type",
    "Rule {number} holds {value}, a {found}, in the column {column} of {expected}.",
    "Write a value of the column's type.",
)
UNPROVEN = rule(
    "dmn-unproven",
    "Whether the table is complete cannot be proven: {reason}.",
    "Nothing must be done; try the table with cases.",
    "note",
)
