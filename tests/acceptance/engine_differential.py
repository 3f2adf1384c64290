"""
Random diagrams on the engine, in an independent token game and on plain SpiffWorkflow, compared after every step.

The engine must agree with the game in every open task and in the end; plain SpiffWorkflow must agree until something
happens that it is known to get wrong (`tests/engine/runtime/test_where_spiffworkflow_is_wrong.py` proves each). Prints how
many models and steps agreed, which features they had, and for each disagreement the smallest diagram that shows it; exits 1
on any, or when a wanted feature is in less than a tenth of the models.
usage: engine_differential.py [models]
"""

from __future__ import annotations

import logging
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.engine.runtime.differential import Played, play, play_model
from tests.engine.runtime.random_models import Made
from tests.engine.runtime.shrinking import shrunk

WANTED = (
    "parallel block in a loop",
    "unbalanced join",
    "nested multi-instance",
    "boundary on a sub-process",
    "event sub-process",
)
SHOWN = 3


def smallest(seed: int, played: Played) -> str:
    """The diagram of a disagreement, made small."""
    ours = not played.agreed

    def shows(made: Made) -> bool:
        again = [play_model(made, chance, with_plain=not ours) for chance in (seed, 1, 2, 3, 4)]
        return any(not each.agreed if ours else not each.explained for each in again)

    text = (shrunk(played.made, shows) if shows(played.made) else played.made).xml(plain=not ours)
    return text[text.index("<process") : text.index("</definitions>")]


def main() -> int:
    logging.disable(logging.CRITICAL)
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    results: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    features: Counter[str] = Counter()
    steps = 0
    wrong: list[tuple[int, bool, Played]] = []
    for seed in range(models // 2):
        for spoil in (False, True):
            played = play(seed, spoil, with_plain=True)
            steps += played.steps
            features.update(played.made.features)
            results[played.result if played.agreed else "different"] += 1
            plain[played.plain if played.explained else "different, unexplained"] += 1
            if not (played.agreed and played.explained):
                wrong.append((seed, spoil, played))
    print(f"models {sum(results.values())}, steps {steps}")
    print(f"the engine and the token game: {dict(results)}, disagreements {results['different']}")
    for name in WANTED:
        print(f"  {name}: {features[name]} models, {100 * features[name] / models:.0f} %")
    print(f"plain SpiffWorkflow: {plain['same']} the same to the end; unexplained {plain['different, unexplained']}")
    for name, count in sorted(plain.items()):
        if name.startswith("left"):
            print(f"  {count} {name}")
    for seed, spoil, played in wrong[:SHOWN]:
        what = played.plain if played.agreed else played.result
        print(f"seed {seed} {'spoiled' if spoil else 'structured'}: {what}\n  {smallest(seed, played)}")
    few = [name for name in WANTED if features[name] < models / 10]
    print("too few of: " + ", ".join(few) if few else "every wanted feature in at least a tenth of the models")
    return 1 if wrong or few else 0


if __name__ == "__main__":
    sys.exit(main())
