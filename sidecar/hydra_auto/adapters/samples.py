"""Samples of input and output in a pasted problem: found, and left out where a text does not fit.

They tell little of how hard a problem is, and push its constraints out of the window.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_SAMPLE: Final = (
    r"samples?|examples?|exemplos?|ejemplos?|exemples?|beispiele?|esempi[o]?|voorbeeld(?:en)?|contoh|örnek(?:ler)?"
    r"|przykład[y]?|příklad[y]?|пример[ы]?|приклад[и]?|ví dụ|例|示例|样例|範例|範本|예제|예시"
)
_SIDE: Final = (
    r"inputs?|outputs?|entradas?|sa[ií]das?|salidas?|entrées?|sorties?|eingaben?|ausgaben?|wejści[ea]|wyjści[ea]"
    r"|ввода?|вывода?|вход(?:ные данные)?|выход(?:ные данные)?|入力|出力|输入|输出|輸入|輸出|입력|출력"
)
_MARKS: Final = r"[\s#*_>:\uff1a.\-]*"
_HEADING: Final = re.compile(
    rf"^{_MARKS}(?:(?:{_SAMPLE}){_MARKS}(?:{_SIDE})|(?:{_SIDE}){_MARKS}(?:{_SAMPLE})|(?:{_SAMPLE})(?={_MARKS}\d))"
    rf"{_MARKS}\d*{_MARKS}$",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(rf"^{_MARKS}(?:{_SAMPLE}){_MARKS}$", re.IGNORECASE)
_SIDE_ALONE: Final = re.compile(rf"^{_MARKS}(?:{_SIDE}){_MARKS}$", re.IGNORECASE)
_WITHIN: Final = re.compile(
    rf"^{_MARKS}(?:{_SIDE}|explanations?|explicaci[oó]n|explicação|explication|erklärung|пояснение|解释|説明|설명)\b",
    re.IGNORECASE,
)
_NEXT_SECTION: Final = re.compile(
    r"^(?:#|\*\*|`{3,}|~{3,})|[:\uff1a]$"
    r"|^(?:constraints?|notes?|hints?|follow[- ]?up|limits?|restri[cç]\w+|contraintes?|ограничения"
    r"|примечани[ея]|制約|约束|제한|조건)\b",
    re.IGNORECASE,
)
_LONGEST_TITLE: Final = 40  # characters of a line that can begin another section


def without_samples(text: str) -> str:
    """``text`` without its samples; everything else stays as it is, its last paragraph too.

    A sample begins with a heading that names one ("Sample Input 1", "Example 2:", "Examples" before "Input",
    and the same in other languages) and ends where another section begins. What stands in the last paragraph
    can be the user's own words behind the paste.
    """
    lines = text.split("\n")
    last = _last_paragraph(lines)
    left_out = {i for sample in _samples(lines) for i in sample if i < last}
    return "\n".join(line for i, line in enumerate(lines) if i not in left_out) if left_out else text


def _last_paragraph(lines: Sequence[str]) -> int:
    """Number of its first line."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    while end and lines[end - 1].strip():
        end -= 1
    return end


def _samples(lines: Sequence[str]) -> Iterator[range]:
    """Numbers of the lines of each run of samples, headings included."""
    begun: int | None = None
    for i, line in enumerate(map(str.strip, lines)):
        if _begins(lines, i):
            begun = i if begun is None else begun
        elif begun is not None and _ends(line):
            yield range(begun, i)
            begun = None
    if begun is not None:
        yield range(begun, len(lines))


def _begins(lines: Sequence[str], i: int) -> bool:
    if len(lines[i]) > _LONGEST_TITLE:
        return False
    if _HEADING.match(lines[i]):
        return True
    following = next((line for line in lines[i + 1 :] if line.strip()), "")
    return bool(_ALONE.match(lines[i])) and bool(_SIDE_ALONE.match(following))


def _ends(line: str) -> bool:
    return len(line) <= _LONGEST_TITLE and bool(_NEXT_SECTION.search(line)) and not _WITHIN.match(line)
