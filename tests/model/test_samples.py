from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.adapters.samples import without_samples

LEETCODE = """\
Return the number of pairs.

Example 1:

Input: nums = [1,2]
Output: 1
Explanation:
There is one pair.

Example 2:

Input: nums = []
Output: 0

Constraints:

1 <= nums.length <= 10^5

Use this starter code:
```python
class Solution:
```"""
ATCODER = """\
Print the number of pairs.

Input

N

Constraints

- 1 \\leq N \\leq 10^5

Sample Input 1

4

Sample Output 1

6

All of them.

Sample Input 2

1

Sample Output 2

0"""


def test_examples_between_a_statement_and_its_constraints_are_left_out():
    bare = without_samples(LEETCODE)
    assert bare.startswith("Return the number of pairs.\n\nConstraints:\n\n1 <= nums")
    assert bare.endswith("class Solution:\n```")
    assert "Input" not in bare


def test_samples_at_the_end_are_left_out_but_for_the_last_paragraph():
    bare = without_samples(ATCODER)
    assert bare.endswith("10^5\n\n0")
    assert "Input\n\nN" in bare
    assert "Sample" not in bare
    asked = without_samples(f"{ATCODER}\n\nSolve it in Rust\nplease, without unsafe\n")
    assert asked.endswith("10^5\n\nSolve it in Rust\nplease, without unsafe\n")


@pytest.mark.parametrize(
    "heading",
    [
        "Sample Input 1",
        "### Sample Output #2",
        "**Example 3:**",
        "Input example",
        "入力例 1",
        "样例输入 #1",
        "示例 2\uff1a",
        "Пример 1",
        "Пример ввода",
        "예제 입력 1",
        "Exemplo 1:",
        "Ejemplo entrada 1",
        "Exemple 1 :",
        "Beispiel 2:",
        "Eingabe Beispiel",
    ],
)
def test_headings_of_samples(heading):
    text = f"Count.\n\n{heading}\n\n1 2 3\n\nConstraints:\n\nn < 9"
    assert without_samples(text) == "Count.\n\nConstraints:\n\nn < 9"


@pytest.mark.parametrize("heading", ["Examples", "Пример", "Example:"])
def test_a_heading_without_number_needs_an_input_below(heading):
    text = f"Count.\n\n{heading}\n\nInput\n\n1 2 3\n\nOutput\n\n6\n\nNote\n\nNo more."
    assert without_samples(text) == "Count.\n\nNote\n\nNo more."
    assert without_samples(told := f"Count.\n\n{heading}\n\nI have this.\n\nNote\n\nNo more.") == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "For example 1 the sum is wrong.\n\nWhy?\n\nbye",
        "An example of input 1 that fails, with more words than a title has\n\n1\n\nbye",
        "Input\n\n1 2 3\n\nOutput\n\n6",
        "Example 1: what I tried",
    ],
)
def test_what_only_speaks_of_samples_stays(text):
    assert without_samples(text) == text


@given(
    st.lists(
        st.sampled_from(["Sample Input 1", "Example 2:", "Constraints:", "x", "", "```", "Input"]),
        max_size=20,
    )
)
def test_what_is_left_is_a_part_in_order_and_its_end(lines):
    bare = without_samples("\n".join(lines)).split("\n")
    left = iter(lines or [""])
    assert all(line in left for line in bare)
    filled = [line for line in lines if line]
    assert [line for line in bare if line][-1:] == filled[-1:]
