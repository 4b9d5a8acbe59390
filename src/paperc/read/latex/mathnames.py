"""The commands of mathematics that LaTeX, amsmath, amssymb and common packages define: all others are reported."""

from __future__ import annotations

_GREEK = """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi omicron pi varpi rho
    varrho sigma varsigma tau upsilon phi varphi chi psi omega digamma Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
    varGamma varDelta varTheta varLambda varXi varPi varSigma varUpsilon varPhi varPsi varOmega"""
_LETTERS = """aleph beth gimel daleth ell hbar hslash imath jmath wp Re Im partial infty nabla prime backprime emptyset varnothing
    complement Bbbk circledS eth Finv Game mho top bot angle measuredangle sphericalangle triangle triangledown square Box Diamond
    lozenge blacklozenge blacksquare blacktriangle blacktriangledown bigstar flat natural sharp clubsuit diamondsuit heartsuit
    spadesuit surd forall exists nexists neg lnot backslash checkmark maltese yen dag dagger ddag ddagger S P"""
_FUNCTIONS = """arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf injlim ker lg lim liminf limsup ln log max
    min Pr projlim sec sin sinh sup tan tanh varinjlim varliminf varlimsup varprojlim bmod mod pmod pod"""
_BIG = """sum prod coprod int oint iint iiint iiiint idotsint bigcap bigcup bigodot bigoplus bigotimes bigsqcup biguplus bigvee bigwedge
    intop smallint fint sumop oiint"""
_BINARY = """pm mp times div cdot ast star circ bullet cap cup uplus sqcap sqcup vee lor wedge land setminus smallsetminus wr diamond
    bigtriangleup bigtriangledown triangleleft triangleright lhd rhd unlhd unrhd oplus ominus otimes oslash odot bigcirc amalg boxplus
    boxminus boxtimes boxdot circledast circledcirc circleddash divideontimes dotplus ltimes rtimes leftthreetimes rightthreetimes
    intercal veebar barwedge doublebarwedge curlyvee curlywedge Cap Cup centerdot boxast obslash"""
_RELATIONS = """le leq ge geq ne neq equiv sim simeq approx approxeq cong asymp doteq doteqdot propto varpropto models perp parallel
    nparallel mid nmid prec preceq succ succeq ll gg lll ggg subset subseteq subsetneq supset supseteq supsetneq sqsubset sqsubseteq
    sqsupset sqsupseteq in ni owns notin vdash dashv vDash Vdash Vvdash bowtie Join smile frown between pitchfork therefore because
    leqslant geqslant eqslantless eqslantgtr lesssim gtrsim lessapprox gtrapprox lessgtr gtrless lesseqgtr gtreqless leqq geqq lneq
    gneq lneqq gneqq lnsim gnsim nless ngtr nleq ngeq nsim ncong nsubseteq nsupseteq nprec nsucc npreceq nsucceq precsim succsim
    precapprox succapprox preccurlyeq succcurlyeq curlyeqprec curlyeqsucc trianglelefteq trianglerighteq vartriangleleft
    vartriangleright vartriangle blacktriangleleft blacktriangleright triangleq risingdotseq fallingdotseq eqcirc circeq bumpeq Bumpeq
    backsim backsimeq thicksim thickapprox Subset Supset subseteqq supseteqq lessdot gtrdot shortmid shortparallel nshortmid
    nshortparallel varsubsetneq varsupsetneq subsetneqq supsetneqq coloneqq Coloneqq coloneq eqqcolon eqcolon colonequals equalscolon
    colonapprox colonsim vcentcolon dblcolon not vdots ddots iff implies impliedby nvdash nvDash nVdash nVDash independent"""
_ARROWS = """to gets leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow longleftarrow longrightarrow
    longleftrightarrow Longleftarrow Longrightarrow Longleftrightarrow uparrow downarrow updownarrow Uparrow Downarrow Updownarrow mapsto
    longmapsto mapsfrom hookleftarrow hookrightarrow leftharpoonup leftharpoondown rightharpoonup rightharpoondown rightleftharpoons
    leftrightharpoons nearrow searrow swarrow nwarrow leadsto rightsquigarrow leftrightsquigarrow leftarrowtail rightarrowtail
    twoheadleftarrow twoheadrightarrow leftleftarrows rightrightarrows leftrightarrows rightleftarrows upuparrows downdownarrows
    upharpoonleft upharpoonright restriction downharpoonleft downharpoonright circlearrowleft circlearrowright curvearrowleft
    curvearrowright dashleftarrow dashrightarrow Lleftarrow Rrightarrow Lsh Rsh looparrowleft looparrowright multimap nleftarrow
    nrightarrow nleftrightarrow nLeftarrow nRightarrow nLeftrightarrow xleftarrow xrightarrow xleftrightarrow xRightarrow xmapsto
    xhookrightarrow xlongequal"""
_FENCES = """left right middle big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm Biggm langle rangle lfloor
    rfloor lceil rceil lbrace rbrace lbrack rbrack lvert rvert lVert rVert vert Vert lgroup rgroup lmoustache rmoustache ulcorner
    urcorner llcorner lrcorner llbracket rrbracket Lbag Rbag lang rang arrowvert bracevert delimsize"""
_ACCENTS = """hat widehat check widecheck tilde widetilde acute grave dot ddot dddot ddddot breve bar vec mathring overline underline
    overbrace underbrace overbracket underbracket overrightarrow overleftarrow overleftrightarrow underrightarrow underleftarrow
    underleftrightarrow overset underset stackrel accentset underaccent undertilde cancel bcancel xcancel cancelto not sout boxed
    Hat Check Tilde Acute Grave Dot Ddot Breve Bar Vec overparen underparen"""
_FONTS = """mathrm mathbf mathbb mathcal mathfrak mathsf mathtt mathit mathscr mathnormal mathds mathbbm mathbfcal mathbfit mathsfit
    mathbfsf boldsymbol bm pmb bold rm bf it sf tt cal sc Bbb frak text textrm textbf textit textsf texttt textsc textnormal textup textmd
    textsl emph mbox hbox fbox operatorname operatorname* operatornamewithlimits mathop mathbin mathrel mathord mathopen mathclose
    mathpunct mathinner ensuremath mathstrut em bfseries itshape rmfamily sffamily ttfamily mathversion boldmath unboldmath mathlarger
    mathsmaller"""
_STRUCTURE = """frac dfrac tfrac cfrac sfrac nicefrac binom dbinom tbinom genfrac sqrt root of over atop choose above brace substack sideset
    limits nolimits displaylimits displaystyle textstyle scriptstyle scriptscriptstyle phantom hphantom vphantom smash prescript
    tensor indices intertext shortintertext mathclap mathllap mathrlap clap llap rlap cases label nonumber notag tag tag* split
    multicolumn hline cline hdotsfor ldotp cdotp dots ldots cdots dotsc dotsb dotsm dotsi dotso hdots lefteqn shoveleft shoveright
    begin end raisebox scalebox resizebox rotatebox reflectbox color textcolor colorbox fcolorbox hfill hfil hss vcenter rule strut
    mathsurround kern mkern mskip hskip vskip hspace hspace* vspace vspace* quad qquad enspace thinspace medspace thickspace negthinspace
    negmedspace negthickspace allowbreak nobreak break newline linebreak displaybreak allowdisplaybreaks par noindent cr crcr arraystretch
    setlength arraycolsep jot relax protect null space ref eqref cref Cref autoref cite citep citet footnote footnotemark href url
    hyperref hypertarget hyperlink IEEEnonumber IEEEyesnumber IEEEeqnarraynumspace IEEEeqnarraymulticol IEEEstrut small footnotesize
    scriptsize tiny normalsize large Large parbox centering raggedright makecell thead multirow textsuperscript textsubscript
    newcommand def eqno leqno raisetag upbracketfill textgreater textless textendash textemdash textquotesingle textunderscore
    textbackslash textasciitilde degree celsius ohm micro perthousand num SI si qty unit per xspace nonscript mathchoice mathpalette bigstrut
    ding LaTeX TeX iffalse sum@ ae oe aa o l ss i j c textdegree copyright pounds euro circled colon hsize cross widthof heightof MakeUppercase uppercase lowercase"""

KNOWN: frozenset[str] = frozenset(
    " ".join(
        (_GREEK, _LETTERS, _FUNCTIONS, _BIG, _BINARY, _RELATIONS, _ARROWS, _FENCES, _ACCENTS, _FONTS, _STRUCTURE)
    ).split()
)
