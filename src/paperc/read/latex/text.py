"""Text as printed: commands of typesetting gone, accents composed, mathematics kept in dollars."""

from __future__ import annotations

import re
import unicodedata

ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
           "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "b": "\u0331", "d": "\u0323"}  # fmt: skip
LETTERS = {"ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
           "i": "ı", "j": "ȷ", "dag": "†", "ddag": "‡", "S": "§", "P": "¶", "copyright": "©", "textbackslash": "\\",
           "dots": "…", "ldots": "…", "textellipsis": "…", "textasciitilde": "~", "LaTeX": "LaTeX", "TeX": "TeX",
           "textendash": "–", "textemdash": "—", "textquoteright": "’", "textregistered": "®", "texttrademark": "™",
           "textgreater": ">", "textless": "<", "textbar": "|", "slash": "/", "checkmark": "✓", "cmark": "✓", "xmark": "✗",
           "textdegree": "°", "textpm": "±", "textmu": "µ", "quad": " ", "qquad": " ", "newline": " ", "par": " ", "nobreakspace": " ", "KwTo": " to ", "eg": "e.g.", "ie": "i.e.", "etal": "et al.", "vs": "vs.", "cf": "cf.", "etc": "etc.", "wrt": "w.r.t.", "TO": " to ", "AND": " and ", "OR": " or ", "NOT": " not ",
           "XOR": " xor ", "TRUE": "true", "FALSE": "false", "KwAnd": " and ", "KwOr": " or ", "textbullet": "•", "textperiodcentered": "·",
           "textasciicircum": "^", "textunderscore": "_", "textbraceleft": "{", "textbraceright": "}", "textdollar": "$", "textpercent": "%",
           "texteuro": "€", "pounds": "£", "textquotedblleft": "“", "textquotedblright": "”", "textquoteleft": "‘", "guillemotleft": "«",
           "guillemotright": "»", "th": "þ", "dh": "ð", "DJ": "Đ", "dj": "đ", "NG": "Ŋ", "ng": "ŋ", "textsection": "§", "textparagraph": "¶"}  # fmt: skip
DINGBATS = {"51": "✓", "52": "✔", "53": "✕", "54": "✖", "55": "✗", "56": "✘", "72": "★", "73": "☆"}
SYMBOLS = {"\\": " ", "&": "&", "%": "%", "$": "$", "#": "#", "_": "_", "{": "{", "}": "}", " ": " ", ",": " ", ";": " ", ":": " ",
           "!": "", "/": "", "-": "", "@": "", ">": " ", "\n": " "}  # fmt: skip

DRAWINGS = ("tikzpicture", "picture", "circuitikz", "axis", "pgfpicture", "pspicture", "forest", "filecontents", "CCSXML", "overpic", "feynman",
            "tikzcd", "asy", "dot2tex", "SaveVerbatim", "prooftree", "scope", "pgfonlayer", "diagram", "mpost", "sagesilent", "pycode")  # fmt: skip
"""Environments whose text is no text of the paper."""

SILENT = frozenset(
    "centering raggedright raggedleft noindent indent small footnotesize scriptsize tiny normalsize large Large LARGE huge Huge"
    " bfseries itshape rmfamily sffamily ttfamily scshape upshape mdseries normalfont em bf it rm tt sc sf sl boldmath maketitle clearpage"
    " newpage pagebreak linebreak nolinebreak nopagebreak smallskip medskip bigskip vfill hfill hfil null leavevmode strut protect relax"
    " toprule midrule bottomrule hline appendix onecolumn twocolumn frenchspacing sloppy fussy selectfont tableofcontents listoffigures"
    " listoftables doublespacing singlespacing onehalfspacing looseness ignorespaces unskip nonumber notag displaystyle textstyle break"
    " balance flushbottom raggedbottom par xspace phantomsection samepage makeatletter makeatother allowbreak hrule vrule addlinespace"
    " backmatter frontmatter mainmatter limits nolimits item leftmargin columnwidth textwidth linewidth textheight baselineskip parskip"
    " itemsep parsep topsep parindent tabcolsep arraystretch floatsep aboverulesep belowrulesep FloatBarrier printAffiliationsAndNotice doparttoc faketableofcontents parttoc cleardoublepage"
    " reversemarginpar enskip thinspace negthinspace nopunct arraybackslash maketitlesupplementary iclrfinalcopy IEEEpeerreviewmaketitle"
    " IEEEoverridecommandlockouts singlespace icmlEqualContribution ignorespacesafterend pagebreak newgeometry topskip parfillskip hbadness"
    " vbadness tolerance emergencystretch clubpenalty widowpenalty nonfrenchspacing bibfont rmdefault sfdefault ttdefault unboldmath"
    " ifvmode global cr crcr endinput printbibliography listofalgorithms mainmatter vspacetop fussy printindex makeindex bigstrut noalign"
    " EOE interlinepenalty lefteqn LinesNumbered DontPrintSemicolon SetAlgoLined titlepage theoremstyle indexspace medskipamount"
    " em@ nofiles setuptodonotes sffamilydefault showthe vskip hskip kern hss vss mskip penalty rightskip leftskip".split()
)
LENGTHS = frozenset(
    "vskip hskip kern mskip mkern parindent parskip itemsep topsep parsep partopsep leftmargin rightmargin labelsep tabcolsep columnsep"
    " textheight textwidth baselineskip arraycolsep abovedisplayskip belowdisplayskip abovecaptionskip belowcaptionskip floatsep textfloatsep"
    " intextsep lineskip hangindent oddsidemargin evensidemargin topmargin headheight headsep footskip fboxsep fboxrule topskip parfillskip"
    " hfuzz vfuzz emergencystretch rightskip leftskip aboverulesep belowrulesep dblfloatsep dbltextfloatsep hoffset voffset tolerance"
    " pretolerance hbadness vbadness clubpenalty widowpenalty penalty interfootnotelinepenalty looseness hangafter lightrulewidth"
    " abovedisplayshortskip belowdisplayshortskip marginparwidth arrayrulewidth doublerulesep".split()
)
"""Registers: `\\parindent=0pt` and `\\vskip 3pt plus 1pt` print nothing."""
HIDES_ARGUMENTS: dict[str, int] = {
    **dict.fromkeys(
        (
            "vspace hspace usepackage documentclass pagestyle thispagestyle bibliographystyle phantom vphantom "
            "hphantom cmidrule cline color pagenumbering enlargethispage hypersetup graphicspath markright input "
            "index nocite theoremstyle allowdisplaybreaks setstretch DeclareGraphicsExtensions geometry lstset "
            "rowcolor cellcolor columncolor arrayrulecolor acrodef glsresetall doi icmltitlerunning pdfinfo pdfoutput "
            "DeclareMathSizes AtBeginDocument AtEndDocument tikzset pgfplotsset usetikzlibrary noalign vadjust "
            "marginpar todo hyphenation address email affiliation keywords institute date bstctlcite newlength "
            "setitemize setlist linespread thanks fancyhead fancyfoot fancyhf lhead rhead chead cfoot lfoot rfoot "
            "icmlkeywords setcitestyle ccsdesc received copyrightyear acmYear acmDOI acmISBN acmConference "
            "acmBooktitle acmPrice acmJournal setcopyright acmVolume acmNumber acmArticle acmMonth orcid titlerunning "
            "authorrunning tocauthor toctitle fontfamily fontseries fontshape urlstyle pdfbookmark IEEEtriggeratref "
            "microtypesetup sisetup pgfkeys raisetag mathtoolsset citestyle nobibliography excludecomment tcbset "
            "tcbuselibrary includepdf mintedsetup definecolorset renewbibmacro affil country city institution state "
            "streetaddress postcode "
        ).split(),
        1,
    ),
    **dict.fromkeys(
        (
            "setlength addtolength fontsize markboth titleformat newcolumntype rule colorlet floatname algnewcommand "
            "algrenewcommand crefname Crefname DeclareUnicodeCharacter SetKwInOut SetKwInput icmlaffiliation "
            "icmlcorrespondingauthor icmlsetsymbol newtcolorbox newtcblisting lstdefinestyle lstdefinelanguage "
            "setkeys pgfplotstableread DefineVerbatimEnvironment DeclareFieldFormat DeclareFontFamily SetKw "
            "SetKwFunction declarefont sbox savebox newglossaryentry "
        ).split(),
        2,
    ),
    **dict.fromkeys(
        (
            "rowcolors definecolor SetKwRepeat crefformat Crefformat specialrule newacronym titlespacing "
            "addcontentsline SetKwComment "
        ).split(),
        3,
    ),
    **dict.fromkeys(
        ("SetKwProg SetKwFor DeclareFontShape ").split(),
        4,
    ),
    "SetKwIF": 8,
    "SetKwSwitch": 8,
    "SetStartEndCondition": 3,
    "aistatsaddress": 1,
    "explanationtext": 1,
    "patchcmd": 5,
    "apptocmd": 4,
    "pretocmd": 4,
    "AtBeginEnvironment": 2,
    "AtEndEnvironment": 2,
    "AfterEndEnvironment": 2,
    "BeforeBeginEnvironment": 2,
    "ListProperties": 0,
    "newunicodechar": 2,
    "titleclass": 1,
    "xpatchcmd": 5,
    "mathtoolsset": 1,
    "pageref": 1,
}
"""Commands that print nothing themselves → the number of their arguments."""
PRINTS_ARGUMENT = {"textcolor": 1, "colorbox": 1, "fcolorbox": 2, "parbox": 1, "rotatebox": 1, "resizebox": 2, "scalebox": 1, "raisebox": 1,
                   "multicolumn": 2, "multirow": 2, "href": 1, "hyperref": 0, "adjustbox": 1, "foreignlanguage": 1, "makebox": 0, "framebox": 0,
                   "epigraph": 0, "tcbox": 0, "twocolumn": 0, "rotatebox*": 1, "lettrine": 0, "SI": 0, "selectlanguage": 1, "mintinline": 1, "lstinline": 0}  # fmt: skip
"""Commands whose last argument is printed → the number of arguments before it that are not."""
TRANSPARENT = frozenset(
    "textbf textit emph text textrm texttt textsf textsc textsl textup textmd textnormal underline uline mbox hbox fbox ul uuline"
    " and AND And centerline uppercase lowercase MakeUppercase MakeLowercase textsuperscript textsubscript mathrm mathbf"
    " enquote begingroup endgroup bgroup egroup hl st footnotemark sout uwave textquotesingle shortstack leftline rightline"
    " hfuzz vbox vtop noexpand endcsname string number the ) ] lq rq num textfrak smash mathlarger newblock newline acl ac acs acp"
    " acf gls Gls glspl detokenize nohyphens textlf textln mdseries subtitle today version center endcenter flushright flushleft"
    " quote endquote proof endproof theorem endtheorem array small Large acks acknowledgments acknowledgements ack"
    " answerYes answerNo answerNA answerTODO justificationTODO".split()
)
"""Commands that only change how their argument looks."""


def compose(accent: str, letter: str) -> str:
    """`\\'e` → é."""
    base = {"ı": "i", "ȷ": "j"}.get(letter, letter)
    return unicodedata.normalize("NFC", base[:1] + ACCENTS[accent]) + base[1:] if base else ""


def tidy(text: str) -> str:
    """Typewriter quotes and dashes as printed; white space folded."""
    text = text.replace("``", "“").replace("''", "”").replace("---", "—")
    text = re.sub(r"(?<![-–])--(?![-–])", "–", text)
    return re.sub(r"\s+", " ", text)
