"""Every construct of the LaTeX we write, against what a person would type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baremath.maths import plain


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        # symbols, and the spaces around them
        ("", ""),
        ("a+b", "a + b"),
        ("-a - -b", "−a − −b"),
        ("(-a)", "(−a)"),
        (r"a \cdot (-b)", "a · (−b)"),
        (r"a \times b \odot c \pm d", "a × b ⊙ c ± d"),
        (r"= -1", "= −1"),
        (r"a \le b \geq c \ne d \approx e", "a ≤ b ≥ c ≠ d ≈ e"),
        (r"w \leftarrow w - \alpha g", "w ← w − α g"),
        (r"x \to \infty", "x → ∞"),
        (r"x \in \mathbb{R}^n", "x ∈ ℝⁿ"),
        (r"P(y \mid x)", "P(y | x)"),
        ("P(y|x)", "P(y|x)"),
        ("|x| = |-y| + |z|", "|x| = |−y| + |z|"),
        (r"f(x, |y|) + \| w \|", "f(x, |y|) + ‖w‖"),
        (r"\Delta = \Delta w - \nabla", "Δ = Δw − ∇"),
        ("f(x, y)", "f(x, y)"),
        (r"\alpha\beta \Sigma \varepsilon", "αβ Σ ε"),
        ("2N", "2N"),
        ("w x", "w x"),
        ("w   x", "w x"),
        ("a < b > c", "a < b > c"),
        ("n! + a/b", "n! + a/b"),
        (r"\nabla L, \partial L, \Delta w", "∇L, ∂L, Δw"),
        (r"a \quad b \, c \qquad d", "a  b c    d"),
        (r"1 + \cdots + n", "1 + ⋯ + n"),
        # numbers
        ("1{,}234{,}567.5", "1,234,567.5"),
        (r"1.2 \times 10^{5}", "1.2 × 10⁵"),
        (r"-4 \times 10^{-12}", "−4 × 10⁻¹²"),
        (".5 x", ".5 x"),
        # indices and exponents
        ("x_1", "x₁"),
        ("x_12", "x₁2"),
        ("x_{12}", "x₁₂"),
        ("x_i^2", "xᵢ²"),
        ("x^2_i", "xᵢ²"),
        ("x ^ 2", "x²"),
        ("x_{i,j}", "x_{i, j}"),
        (r"x_{\text{max value}}", "x_{max value}"),
        (r"w_\sigma", "w_σ"),
        ("x^{q}", "x^q"),
        ("x^{a/b}", "x^(a/b)"),
        ("e^{-z}", "e⁻ᶻ"),
        (r"e^{-(-0.5)}", "e^(−(−0.5))"),
        (r"X^\top X w = X^{\top} y", "Xᵀ X w = Xᵀ y"),
        ("A^T", "Aᵀ"),
        ("w^*", "w*"),
        ("f'(x) + f''", "f′(x) + f′′"),
        ("x'^2", "x′²"),
        ("(a + b)^2", "(a + b)²"),
        ("{ab}^2", "(ab)²"),
        ("{a}^2", "a²"),
        ("{}^2", "²"),
        (r"a {\,}_x^2", "a ₓ²"),
        ("x^{(i)}", "x⁽ⁱ⁾"),
        (r"x^\infty", "x^∞"),
        # fractions
        (r"\frac{a}{b}", "a/b"),
        (r"\frac12", "1/2"),
        (r"\frac{a + b}{2}", "(a + b)/2"),
        (r"\frac{1}{2N} \sum_i x_i", "1/(2N) Σᵢ xᵢ"),
        (r"\frac{\partial L}{\partial w_j}", "∂L/∂wⱼ"),
        (r"\frac{\partial^2 L}{\partial w^2}", "∂²L/∂w²"),
        (r"\alpha \frac{a}{b} x", "α a/b x"),
        (r"\frac{1}{1 + e^{-z}}", "1/(1 + e⁻ᶻ)"),
        (r"\frac{\frac{a}{b}}{c}", "(a/b)/c"),
        (r"\frac{a}{\frac{b}{c}}", "a/(b/c)"),
        (r"\frac{1}{\sigma(z)}", "1/σ(z)"),
        (r"\frac{1}{(a + b)}", "1/(a + b)"),
        (r"\frac{1}{(a)(b)}", "1/((a)(b))"),
        (r"\frac{1}{f(a)b}", "1/(f(a)b)"),
        (r"\frac{1}{-2}", "1/(−2)"),
        (r"\frac{-1}{2}", "−1/2"),
        (r"\frac{(a + b)}{c}", "(a + b)/c"),
        (r"\frac{1}{\sqrt{n}}", "1/√n"),
        (r"\frac{a}{b}^2", "(a/b)²"),
        (r"\frac{1}{2} (a)", "1/2 (a)"),
        (r"\frac{p}{1 - p}", "p/(1 − p)"),
        (r"\frac{\log x}{n}", "(log x)/n"),
        (r"\frac{dL}{dw} \frac{\mathrm{d}y}{\mathrm{d}x}", "dL/dw dy/dx"),
        (r"\frac{ 1 }{ \partial w }", "1/∂w"),
        # roots
        (r"\sqrt{ n }", "√n"),
        (r"\sqrt{a + b}", "√(a + b)"),
        (r"\sqrt[3]{x} \sqrt[n]{x}", "∛x ⁿ√x"),
        (r"\sqrt{x}^2", "(√x)²"),
        # big operators and functions
        (r"\sum_{j=1}^{p} w_j x_j", "Σⱼ₌₁ᵖ wⱼ xⱼ"),
        (r"\prod_i p_i \int f(x)\,dx", "∏ᵢ pᵢ ∫ f(x) dx"),
        (r"b + \sum_j (x_j - \bar{x})", "b + Σⱼ (xⱼ − x̄)"),
        (r"\log x - \ln(x)", "log x − ln(x)"),
        (r"2\log x", "2 log x"),
        (r"-\log \hat{p}", "−log p̂"),
        (r"\exp(-z) \sin x \cos x \tan x", "exp(−z) sin x cos x tan x"),
        (r"\tanh^2(x)", "tanh²(x)"),
        (r"\max(0, x) + \min_w L", "max(0, x) + min_w L"),
        (r"\operatorname{softmax}(z)_k", "softmax(z)ₖ"),
        (r"\operatorname*{arg\,max}_k p_k", "arg maxₖ pₖ"),
        # accents and faces
        (r"\hat{y} \bar{x} \tilde{w} \dot{x} \vec{v}", "ŷ x̄ w̃ ẋ v⃗"),
        (r"\hat{y}_i \hat{y_i} \hat{\mathbf{y}}", "ŷᵢ ŷᵢ ŷ"),
        (r"\hat{xy}", "hat(xy)"),
        (r"\mathbf{X} \boldsymbol{\theta} \mathcal{L}", "X θ L"),
        # text
        (r"\mathrm{median\_income} \cdot 3", "median_income · 3"),
        (r"3 \mathrm{median\_income} x", "3 median_income x"),
        (r"\mathrm{a b\ c}", "ab c"),
        (r"\text{if } x", "if x"),
        (
            r"\text{a  \& \textless{}b\textgreater{} \{c\} {d} \textbackslash n}",
            r"a & <b> {c} d \n",
        ),
        (r"\mathrm{Var}(X)", "Var(X)"),
        (r"\int x \, \mathrm{d}x", "∫ x dx"),
        # brackets
        (r"\left( \frac{a}{b} \right)^2", "(a/b)²"),
        (r"\left[ a \right] \left\{ b \right\}", "[a] {b}"),
        (r"\left. x \right|_0", "x|₀"),
        (r"\lVert w \rVert_2^2", "‖w‖₂²"),
        (r"\left\lVert w \right\rVert + \lvert x \rvert", "‖w‖ + |x|"),
        (r"\{ 1, 2 \}", "{1, 2}"),
        (r"\bigl( x \bigr)", "(x)"),
        (r"\underbrace{12}_{\text{5 more terms}} + 1", "12 (5 more terms) + 1"),
        # tables
        (r"\begin{bmatrix} 1 & -2 \\ 3 & 4 \end{bmatrix}", "[1  −2; 3  4]"),
        (r"\begin{bmatrix} 1 \\ 2 \\ \end{bmatrix}^{-1} w", "[1; 2]⁻¹ w"),
        (r"\begin{pmatrix} a & b \end{pmatrix}", "(a  b)"),
        (r"\begin{vmatrix} a \end{vmatrix} \begin{matrix} a \end{matrix}", "|a| a"),
        (r"\begin{bmatrix} \end{bmatrix}", "[]"),
        (
            r"\begin{cases} 1, & \text{if } z \ge 0 \\ 0 & \text{otherwise} \end{cases}",
            "{1, if z ≥ 0; 0, otherwise}",
        ),
        (r"\begin{aligned} y &= a \\ &= b \end{aligned}", "y = a; = b"),
        (r"\begin{aligned} &= a \end{aligned}", "= a"),
        # what isn't known
        (r"\foo + \foo{x}", "foo + foo x"),
        (r"3 \% \_ \& \# \$", "3 % _ & # $"),
        ("日本 é", "日本 é"),
    ],
)
def test_plain(latex: str, text: str) -> None:
    assert plain(latex) == text


@pytest.mark.parametrize(
    ("latex", "reason"),
    [
        ("{a", "a } is missing"),
        ("a}", "} has no beginning"),
        (r"\frac{a}", "frac lacks its argument"),
        ("x^", r"\^ lacks its argument"),
        ("^2", r"\^ needs a symbol, or \{\}, before it"),
        (r"\frac{'}{2}", "' needs a symbol"),
        ("x^2^3", "two superscripts"),
        ("x^2'", "two superscripts"),
        ("x_1_2", "two subscripts"),
        (r"\left( a", r"\\left has no \\right"),
        (r"\left( a \right", "lacks its bracket"),
        (r"\left a \right)", "a is no bracket"),
        (r"\right)", r"\\right has no beginning"),
        (r"\begin{bmatrix} 1", r"has no \\end"),
        (r"\begin{bmatrix} 1 \end{cases}", r"\\end\{cases\} stands inside bmatrix"),
        (r"\begin{tikz} 1 \end{tikz}", "'tikz' is none of bmatrix"),
        (r"\end{bmatrix}", "has no beginning"),
        ("a & b", "& belongs between"),
        (r"a \\ b", "belongs between"),
        (r"\text{a", "never closed"),
        (r"\text a", "text in braces"),
        (r"\sqrt[3 x", "] is missing"),
        ("5 %", r"write \\% for a plain %"),
        ("a \\", "lone backslash"),
    ],
)
def test_malformed_latex_is_refused(latex: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^cannot read the LaTeX .*{reason}"):
        plain(latex)


@given(st.text(alphabet=r"\{}[]()^_&'%-+=,. abfrcsqtlehinxd12{,}é" + "\n\x00"))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        shown = plain(text)
    except ValueError as error:
        shown = str(error)
    assert shown.isprintable()
