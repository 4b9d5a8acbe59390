"""What TeX's commands look like: frozen data, one sign a command. Nothing here says what a sign means."""

from __future__ import annotations

from types import MappingProxyType


def _table(text: str) -> MappingProxyType[str, str]:
    words = text.split()
    return MappingProxyType(dict(zip(words[::2], words[1::2], strict=True)))


LETTERS = _table(
    """
    alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ varkappa ϰ
    lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ
    chi χ psi ψ omega ω digamma ϝ imath ı jmath ȷ ell ℓ hbar ℏ hslash ℏ wp ℘ partial ∂ eth ð
    """
)
"""Set in italics."""

UPRIGHT = _table(
    """
    Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
    infty ∞ nabla ∇ emptyset ∅ varnothing ∅ aleph ℵ beth ℶ Re ℜ Im ℑ top ⊤ intercal ⊺ bot ⊥ dagger † ddagger ‡ sharp ♯ flat ♭
    natural ♮ checkmark ✓ triangle △ square □ Box □ blacksquare ■ bigstar ★ diamondsuit ♢ heartsuit ♡ spadesuit ♠
    clubsuit ♣ angle ∠ degree ° dots … hdots … ldots … dotsc … dotso … cdots ⋯ dotsb ⋯ dotsm ⋯ dotsi ⋯ vdots ⋮ ddots ⋱
    forall ∀ exists ∃ nexists ∄ S § P ¶ pounds £ euro € copyright © complement ∁ mho ℧ lozenge ◊ prime ′
    # # $ $ % % _ _ & & { { } }
    """
)
"""Set upright, without space around."""

OPERATORS = _table(
    """
    pm ± mp ∓ times × div ÷ cdot ⋅ cdotp · centerdot · circ ∘ bullet ∙ ast ∗ star ⋆ oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘
    odot ⊙ boxplus ⊞ boxtimes ⊠ cup ∪ cap ∩ uplus ⊎ sqcup ⊔ sqcap ⊓ vee ∨ lor ∨ wedge ∧ land ∧ setminus ∖
    smallsetminus ∖ backslash ∖ wr ≀ amalg ⨿ diamond ⋄ bigtriangleup △ bigtriangledown ▽ dotplus ∔ ltimes ⋉ rtimes ⋊
    circledast ⊛ circledcirc ⊚ neg ¬ lnot ¬ colon : vcentcolon ∶ bigcirc ◯ triangleleft ◁ triangleright ▷
    """
)

RELATIONS = _table(
    """
    le ≤ leq ≤ leqslant ⩽ ge ≥ geq ≥ geqslant ⩾ leqq ≦ geqq ≧ lt < gt > ne ≠ neq ≠ ll ≪ gg ≫ lll ⋘ ggg ⋙ lesssim ≲
    gtrsim ≳ approx ≈ approxeq ≊ simeq ≃ cong ≅ equiv ≡ propto ∝ varpropto ∝ sim ∼ thicksim ∼ nsim ≁ thickapprox ≈
    coloneqq ≔ colonequals ≔ coloneq ≔ eqqcolon ≕ triangleq ≜ doteq ≐ eqdef ≝ defeq ≝ asymp ≍ gets ← leftarrow ←
    longleftarrow ⟵ to → rightarrow → longrightarrow ⟶ mapsto ↦ longmapsto ⟼ hookrightarrow ↪ hookleftarrow ↩
    rightarrowtail ↣ leadsto ⇝ rightsquigarrow ⇝ uparrow ↑ downarrow ↓ updownarrow ↕ nearrow ↗ searrow ↘ swarrow ↙
    nwarrow ↖ leftrightarrow ↔ longleftrightarrow ⟷ Rightarrow ⇒ Longrightarrow ⟹ implies ⟹ Leftarrow ⇐
    Longleftarrow ⟸ impliedby ⟸ Leftrightarrow ⇔ Longleftrightarrow ⟺ iff ⟺ Uparrow ⇑ Downarrow ⇓ rightleftharpoons ⇌
    leftharpoonup ↼ rightharpoonup ⇀ in ∈ ni ∋ notin ∉ subset ⊂ subseteq ⊆ subsetneq ⊊ supset ⊃ supseteq ⊇ supsetneq ⊋
    nsubseteq ⊈ sqsubset ⊏ sqsubseteq ⊑ sqsupseteq ⊒ succ ≻ prec ≺ succeq ⪰ preceq ⪯ succcurlyeq ≽ preccurlyeq ≼
    models ⊨ vdash ⊢ dashv ⊣ Vdash ⊩ perp ⊥ indep ⫫ parallel ∥ nparallel ∦ mid ∣ nmid ∤ lhd ⊲ rhd ⊳ unlhd ⊴ unrhd ⊵
    bowtie ⋈ frown ⌢ smile ⌣ therefore ∴ because ∵ between ≬ trianglelefteq ⊴ trianglerighteq ⊵ nleq ≰ ngeq ≱
    """
)

BIG = _table(
    """
    sum ∑ prod ∏ coprod ∐ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigodot ⨀ bigvee ⋁ bigwedge ⋀ bigsqcup ⨆ biguplus ⨄
    """
)
"""Limits stand above and below in a display."""

INTEGRALS = _table("int ∫ iint ∬ iiint ∭ oint ∮ intop ∫")

LIMIT_FUNCTIONS = MappingProxyType(
    {n: n for n in "max min sup inf lim det gcd Pr argmax argmin".split()}
    | {"limsup": "lim sup", "liminf": "lim inf", "esssup": "ess sup", "injlim": "inj lim", "projlim": "proj lim"}
)
FUNCTIONS = frozenset(
    """
    log ln lg exp sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan dim ker deg hom arg
    """.split()
)

ACCENTS = _table(
    """
    hat ^ widehat ^ bar ‾ overline ‾ tilde ~ widetilde ~ dot ˙ ddot ¨ dddot ⃛ vec → overrightarrow → overleftarrow ←
    check ˇ widecheck ˇ breve ˘ acute ´ grave ` mathring ˚ overleftrightarrow ↔ overbrace ⏞ overparen ⏜
    """
)
UNDER_ACCENTS = _table("underline ‾ underbar ‾ underbrace ⏟ undertilde ~ underrightarrow → underleftarrow ← utilde ~")
WIDE = frozenset(
    """
    widehat overline widetilde overrightarrow overleftarrow overleftrightarrow overbrace overparen underline underbrace
    underrightarrow underleftarrow
    """.split()
)
"""Accents that stretch over what they stand on."""

DELIMITERS = _table(
    """
    ( ( ) ) [ [ ] ] | | / / < ⟨ > ⟩ lbrace { rbrace } { { } } vert | Vert ‖ lvert | rvert | lVert ‖ rVert ‖ langle ⟨
    rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ lbrack [ rbrack ] llbracket ⟦ rrbracket ⟧ lBrack ⟦ rBrack ⟧ ulcorner ⌜
    urcorner ⌝ llcorner ⌞ lrcorner ⌟ backslash ∖ uparrow ↑ downarrow ↓ lgroup ( rgroup ) lparen ( rparen ) mid ∣
    lmoustache ⎰ rmoustache ⎱
    """
) | {"\\|": "‖", ".": ""}

SPACES = MappingProxyType(
    {",": 0.1667, "thinspace": 0.1667, ":": 0.2222, ">": 0.2222, "medspace": 0.2222, ";": 0.2778, "thickspace": 0.2778,
     "!": -0.1667, "negthinspace": -0.1667, "enspace": 0.5, "enskip": 0.5, " ": 0.25, "space": 0.25, "nobreakspace": 0.25,
     "quad": 1.0, "qquad": 2.0}
)  # fmt: skip
"""Widths in em."""

ARROWS = MappingProxyType(
    {"xrightarrow": "→", "xleftarrow": "←", "xleftrightarrow": "↔", "xRightarrow": "⇒", "xmapsto": "↦", "xlongequal": "="}
)  # fmt: skip

MATRICES = MappingProxyType(
    {"matrix": ("", ""), "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "Bmatrix": ("{", "}"), "vmatrix": ("|", "|"),
     "Vmatrix": ("‖", "‖"), "smallmatrix": ("", ""), "psmallmatrix": ("(", ")"), "bsmallmatrix": ("[", "]"),
     "array": ("", ""), "tabular": ("", ""), "subarray": ("", "")}
)  # fmt: skip
CASES = MappingProxyType(
    {"cases": ("{", ""), "dcases": ("{", ""), "cases*": ("{", ""), "dcases*": ("{", ""), "rcases": ("", "}")}
)
ALIGNED = frozenset(
    """
    aligned alignedat align align* alignat alignat* split eqnarray eqnarray* gather gather* gathered multline multline*
    multlined equation equation* flalign flalign* displaymath math subequations
    """.split()
)

IGNORED = frozenset(
    """
    displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag allowbreak nobreak relax protect
    normalsize small footnotesize scriptsize tiny large Large unskip xspace noindent centering hfill hfil strut
    mathstrut null par ensuremath break displaylimits smash hline cline toprule midrule bottomrule normalfont selectfont mathlarger mathsmaller
    """.split()
)
IGNORED_WITH_ARGUMENT = frozenset(
    "label tag tag* hspace hspace* vspace vspace* vphantom hphantom color pagebreak rule noalign".split()
)
IGNORED_WITH_TWO = frozenset("addtocounter setcounter setlength addtolength".split())
KEPT_ARGUMENT = frozenset("mathop mathbin mathrel mathord mathopen mathclose mathpunct mathinner ensuremath".split())
"""Commands that only say how much space stands around their argument."""

TEXT = frozenset(
    "text textrm textnormal textup mbox hbox fbox emph textit textsl textbf textsf texttt textsc intertext shortintertext".split()
)
FONTS = MappingProxyType(
    {"mathbf": "bold", "boldsymbol": "bold-italic", "bm": "bold-italic", "pmb": "bold-italic", "mathbfit": "bold-italic",
     "symbf": "bold", "mathcal": "script", "mathscr": "script", "mathbb": "double-struck", "mathds": "double-struck",
     "mathbbm": "double-struck", "Bbb": "double-struck", "mathfrak": "fraktur", "mathsf": "sans", "mathsfit": "sans", "mathbfcal": "script", "mathtt": "mono",
     "mathrm": "roman", "mathup": "roman", "operatorname": "roman", "operatorname*": "roman", "mathit": "italic",
     "mathnormal": "", "bf": "bold", "cal": "script", "rm": "roman", "it": "italic", "sf": "sans", "tt": "mono"}
)  # fmt: skip
OLD_FONTS = frozenset("bf cal rm it sf tt".split())

# First code point of the capitals, the small letters and the digits in each alphabet (0: none).
ALPHABETS = MappingProxyType(
    {
        "bold": (0x1D400, 0x1D41A, 0x1D7CE),
        "italic": (0x1D434, 0x1D44E, 0),
        "bold-italic": (0x1D468, 0x1D482, 0x1D7CE),
        "script": (0x1D49C, 0x1D4B6, 0),
        "fraktur": (0x1D504, 0x1D51E, 0),
        "double-struck": (0x1D538, 0x1D552, 0x1D7D8),
        "sans": (0x1D5A0, 0x1D5BA, 0x1D7E2),
        "mono": (0x1D670, 0x1D68A, 0x1D7F6),
    }
)
IRREGULAR = MappingProxyType(
    {("script", a): b for a, b in zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ")}
    | {("fraktur", a): b for a, b in zip("CHIRZ", "ℭℌℑℜℨ")}
    | {("double-struck", a): b for a, b in zip("CHNPQRZ", "ℂℍℕℙℚℝℤ")}
    | {("italic", "h"): "ℎ"}
)
"""Letters of those alphabets that Unicode keeps elsewhere."""
GREEK_BOLD = MappingProxyType(
    {
        "bold": dict(
            zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ", map(chr, range(0x1D6A8, 0x1D6E2)))
        ),
        "bold-italic": dict(
            zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ", map(chr, range(0x1D71C, 0x1D756)))
        ),
    }
)
