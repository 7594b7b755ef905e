"""The symbols of LaTeX's mathematics that baremath writes, as Unicode, by how they are spaced.

A symbol's *kind* decides the spaces around it in plain text:

========  ===============================================  ==============
kind      meaning                                          as in
========  ===============================================  ==============
ordinary  a letter or a sign that stands for something     α w
number    digits                                           1,024
word      several letters that are one symbol              median_income
prefix    belongs to what follows                          ∂L
function  a named function                                 log x, exp(x)
big       an operator over everything that follows         Σ x
binary    stands between two things                        a + b
sign      a binary operator with nothing on its left       −b
relation  stands between two formulas                      a = b
open      an opening bracket                               (a
close     a closing bracket                                a)
punct     ends a part                                      a, b
glue      touches both sides                               a/b
========  ===============================================  ==============
"""

from __future__ import annotations

_GREEK = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι "
    "kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ "
    "omega ω Gamma Γ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω"
)
_BY_KIND = {
    "ordinary": _GREEK + r" infty ∞ ell ℓ top ⊤ dots … ldots … cdots ⋯ vdots ⋮ ddots ⋱ prime ′ "
    r"star ⋆ dagger † emptyset ∅ Re ℜ Im ℑ _ _ & & % % $ $ # #",
    "prefix": "partial ∂ nabla ∇ Delta Δ forall ∀ exists ∃ neg ¬",
    "function": "exp exp log log ln ln sin sin cos cos tan tan sinh sinh cosh cosh tanh tanh "
    "arcsin arcsin arccos arccos arctan arctan max max min min arg arg det det dim dim lim lim "
    "sup sup inf inf Pr Pr ker ker deg deg gcd gcd",
    "big": "sum Σ prod ∏ int ∫ bigcup ⋃ bigcap ⋂",
    "binary": "cdot · times × odot ⊙ otimes ⊗ oplus ⊕ pm ± mp ∓ div ÷ circ ∘ ast ∗ cap ∩ cup ∪ "
    "wedge ∧ vee ∨ setminus ∖",
    "relation": "leftarrow ← gets ← to → rightarrow → Rightarrow ⇒ Leftrightarrow ⇔ iff ⇔ mapsto ↦ "
    "in ∈ notin ∉ le ≤ leq ≤ ge ≥ geq ≥ lt < gt > ne ≠ neq ≠ approx ≈ sim ∼ simeq ≃ equiv ≡ "
    "propto ∝ ll ≪ gg ≫ mid | subset ⊂ subseteq ⊆ perp ⟂ parallel ∥",
    "open": "{ { lbrace { lVert ‖ lvert | langle ⟨ lfloor ⌊ lceil ⌈",
    "close": "} } rbrace } rVert ‖ rvert | rangle ⟩ rfloor ⌋ rceil ⌉",
    "glue": "| ‖ Vert ‖ vert | backslash \\",
}


def _pairs(listing: str) -> list[tuple[str, str]]:
    words = listing.split()
    return list(zip(words[::2], words[1::2], strict=True))


#: A command without its backslash, to its character and kind.
COMMANDS: dict[str, tuple[str, str]] = {
    command: (character, kind)
    for kind, listing in _BY_KIND.items()
    for command, character in _pairs(listing)
}

#: A character typed as itself, to the one shown and its kind; any other is ordinary.
CHARACTERS: dict[str, tuple[str, str]] = {
    **{c: (c, "open") for c in "(["},
    **{c: (c, "close") for c in ")]"},
    **{c: (c, "relation") for c in "=<>"},
    **{c: (c, "punct") for c in ",;:."},
    **{c: (c, "glue") for c in "|/"},
    "+": ("+", "binary"),
    "-": ("−", "binary"),
    "*": ("∗", "binary"),
}

#: Commands that are only space, to its width in characters.
SPACES: dict[str, int] = {
    **dict.fromkeys([",", ";", ":", ">", " "], 1),
    "quad": 2,
    "qquad": 4,
}

#: Commands that change the size or the placing of what follows, not its meaning.
INVISIBLE = frozenset(
    [
        *["!", "displaystyle", "textstyle", "limits", "nolimits"],
        *["big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr"],
    ]
)

#: Commands that change the face of their argument, which plain text hasn't got.
STYLES = frozenset(["mathbf", "boldsymbol", "mathit", "mathcal", "mathsf", "mathbb"])

#: Letters on a blackboard, the one face that plain text has.
BLACKBOARD = str.maketrans("CEHNPQRZ", "ℂ𝔼ℍℕℙℚℝℤ")

#: Marks over a letter, to the combining character.
ACCENTS: dict[str, str] = {
    **dict.fromkeys(["hat", "widehat"], "\u0302"),
    **dict.fromkeys(["bar", "overline"], "\u0304"),
    **dict.fromkeys(["tilde", "widetilde"], "\u0303"),
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
}

#: Environments, to the brackets round them.
ENVIRONMENTS: dict[str, tuple[str, str]] = {
    "bmatrix": ("[", "]"),
    "pmatrix": ("(", ")"),
    "vmatrix": ("|", "|"),
    "matrix": ("", ""),
    "cases": ("{", "}"),
    "aligned": ("", ""),
}

#: Commands that build something of their arguments.
BUILDERS = frozenset(["frac", "dfrac", "tfrac", "sqrt", "underbrace", "left", "right"])

#: Every command that is read as LaTeX means it.
KNOWN = frozenset({*COMMANDS, *SPACES, *INVISIBLE, *STYLES, *ACCENTS, *BUILDERS})

SUPERSCRIPTS = str.maketrans(
    "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW⊤∗′⋆†βγδθφχ",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵀ*′⋆†ᵝᵞᵟᶿᵠᵡ",
)
SUBSCRIPTS = str.maketrans(
    "0123456789+−=()aehijklmnoprstuvxβγρφχ",
    "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
)
