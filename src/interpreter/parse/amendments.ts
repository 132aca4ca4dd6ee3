/**
 * Our named amendments to the grammar that `@lezer/python` 1.1.19 ships (`src/python.grammar`).
 *
 * Purpose: the shipped grammar serves an editor: it groups some operators wrongly, rejects some valid Python and accepts
 * Python 2. `scripts/grammar.mjs` applies this list in order and generates the parser; one that does not apply fails the
 * build with its name. `rule` replaces (or, with an empty `replace`, removes) the whole definition of that rule,
 * `find` replaces one exact piece of text that must occur exactly once.
 *
 * The amended grammar accepts a superset of Python 3.14; what it lets through is refused when the tree is lowered
 * (`lower/`). Conventions it follows: every expression without parentheses that makes a tuple is a `BareTuple`, every
 * clause is a node of its own, and tokens that lowering never looks at have no node.
 * Source: Python 3.14 Language Reference, chapter 10 (Full Grammar specification).
 */
export interface Amendment {
  readonly name: string;
  readonly why: string;
  /** Name of the rule to replace as a whole … */
  readonly rule?: string;
  /** … or the exact text to replace. */
  readonly find?: string;
  readonly replace: string;
}

export const AMENDMENTS: readonly Amendment[] = [
  // Input and layout ----------------------------------------------------------------------------
  {
    name: "three inputs",
    why: "eval() and ast.parse(mode='func_type') parse other things than a file",
    find: "@top Script { statement* }",
    replace: `@top Script { statement* }
@top EvalInput { expressions newline? | indent never }
@top FunctionTypeInput { "(" ((test | "*" test | "**" test) ("," (test | "*" test | "**" test))*)? ")" "->" test newline? }`,
  },
  {
    name: "own tokens",
    why: "ours read whole string literals, swallow blank lines and follow CPython's indentation rules (tokens.ts)",
    find: `@context trackIndent from "./tokens.js"

@external tokens legacyPrint from "./tokens.js" { printKeyword[@name="print"] }

@external tokens indentation from "./tokens" { indent, dedent }

@external tokens newlines from "./tokens" { newline, blankLineStart, newlineBracketed, eof }

@external tokens strings from "./tokens" {
  stringContent
  Escape
  replacementStart[@name="{"]
  stringEnd
}`,
    replace: `@context trackLayout from "../tokens.ts"

@external tokens indentation from "../tokens.ts" { indent, dedent, never }

@external tokens newlines from "../tokens.ts" { newline, blankLines, newlineBracketed }

@external tokens formatParts from "../tokens.ts" { formatText, replacementStart, formatEnd }

@external tokens formatSpecStarts from "../tokens.ts" { formatSpecStart }

@external tokens strings from "../tokens.ts" { String, formatStart }`,
  },
  {
    name: "skipped text",
    why: "blank lines are one token; comments need no node",
    find: "@skip { space | newlineBracketed | Comment | blankLine }",
    replace: "@skip { space | newlineBracketed | comment | blankLines }",
  },
  { name: "comment token", why: "comments need no node", find: "Comment[isolate] {", replace: "comment {" },
  {
    name: "continuation lines",
    why: "sources reach the parser with \\n as their only line end",
    find: 'space { ($[ \\t\\f] | "\\\\" $[\\n\\r])+ }',
    replace: 'space { ($[ \\t\\f] | "\\\\\\n")+ }',
  },
  {
    name: "no highlighting",
    why: "the tree is only lowered, never shown",
    find: '@external propSource pythonHighlighting from "./highlight"\n\n@detectDelim',
    replace: "",
  },
  {
    name: "silent keywords",
    why: "keywords that lowering does not look at need no node",
    rule: "kw",
    replace: `kw<term> { @specialize<identifier, term> }

nkw<term> { @specialize[@name={term}]<identifier, term> }`,
  },
  {
    name: "silent soft keywords",
    why: "as above",
    rule: "skw",
    replace: "skw<term> { @extend<identifier, term> }",
  },
  {
    name: "bracket tokens",
    why: "the layout context opens and closes with brackets; lowering does not look at punctuation",
    find: `  "..."[@name=Ellipsis]

  "("[@export=ParenL] ")"
  "["[@export=BracketL] "]"
  "{"[@export=BraceL] "}"

  "." "," ";" ":" "@" "*" "**"`,
    replace: `  "..."[@name=Ellipsis]

  parenL[@export] { "(" }
  parenR[@export] { ")" }
  bracketL[@export] { "[" }
  bracketR[@export] { "]" }
  braceL[@export] { "{" }
  braceR[@export] { "}" }`,
  },

  {
    name: "unexpected indentation",
    why: "where no block may begin, an indent must be read all the same, to fail; no token `never` exists. (Groups serve queries of editors.)",
    find: "statement[@isGroup=Statement] { simpleStatement | compoundStatement }",
    replace: "statement { simpleStatement | compoundStatement | indent never }",
  },

  // Simple statements ---------------------------------------------------------------------------
  {
    name: "statements on one line",
    why: "`;` separates statements of the enclosing block: no group needed; a last one belongs to the block's range; every source ends with a newline",
    rule: "simpleStatement",
    replace: 'simpleStatement { smallStatement (";" smallStatement)* LastSemicolon { ";" }? newline }',
  },
  {
    name: "simple statements",
    why: "no Python 2 print or raise; targets, annotations and values as in Python 3.14; yield wherever a value stands",
    rule: "smallStatement",
    replace: `smallStatement {
  AssignStatement { expressions ("=" value)+ } |
  AnnotatedStatement { expressions TypeDef ("=" value)? } |
  UpdateStatement { expressions UpdateOp value } |
  ExpressionStatement { value } |
  DeleteStatement { kw<"del"> commaSep<expression> } |
  PassStatement { kw<"pass"> } |
  BreakStatement { kw<"break"> } |
  ContinueStatement { kw<"continue"> } |
  ReturnStatement { kw<"return"> expressions? } |
  RaiseStatement { kw<"raise"> (test (kw<"from"> test)?)? } |
  ImportStatement { kw<"import"> ImportedName ("," ImportedName)* } |
  FromStatement {
    kw<"from"> (RelativeDots { ("." | "...")+ } DottedName? | DottedName) kw<"import">
    (ImportStar { "*" } | parenL commaSep<FromName> parenR | FromName ("," FromName)*)
  } |
  GlobalStatement { kw<"global"> VariableName ("," VariableName)* } |
  NonlocalStatement { kw<"nonlocal"> VariableName ("," VariableName)* } |
  AssertStatement { kw<"assert"> test ("," test)? } |
  TypeDefinition { skw<"type"> VariableName TypeParamList? "=" test }
}

value { YieldExpression | expressions }`,
  },
  {
    name: "bare tuples",
    why: "a tuple without parentheses is a node, so that its range (with a trailing comma) is CPython's",
    rule: "expressions",
    replace: `expressions { tupleOf<Starred | test> }

tupleOf<item> { item | BareTuple { item ("," | ("," item)+ ","?) } }

Starred { "*" expression }`,
  },
  { name: "import statement", why: "part of the simple statements above", rule: "ImportStatement", replace: "" },
  {
    name: "imported names",
    why: "dotted names only after `import`",
    rule: "importedNames",
    replace: 'ImportedName { DottedName (kw<"as"> VariableName)? }',
  },
  { name: "names imported from", why: "as above", rule: "importList", replace: 'FromName { VariableName (kw<"as"> VariableName)? }' },
  {
    name: "dotted names",
    why: "lowering reads the text of the whole name",
    rule: "dottedName",
    replace: 'DottedName { identifier ("." identifier)* }',
  },
  { name: "yield", why: "a bare yield is valid; a yield statement is an expression statement", rule: "yield", replace: "" },
  {
    name: "yield expression",
    why: "as above",
    rule: "YieldExpression",
    replace: 'YieldExpression { kw<"yield"> (YieldFrom { kw<"from"> test } | expressions)? }',
  },

  // Compound statements -------------------------------------------------------------------------
  {
    name: "compound statements",
    why: "starred items in for, any target after as in with, one clause one node",
    rule: "compoundStatement",
    replace: `compoundStatement {
  IfStatement |
  WhileStatement { kw<"while"> testNamed Body ElseClause? } |
  ForStatement { nkw<"async">? kw<"for"> targets kw<"in"> expressions Body ElseClause? } |
  TryStatement |
  WithStatement { nkw<"async">? kw<"with"> WithItem ("," WithItem)* Body } |
  FunctionDefinition |
  ClassDefinition |
  DecoratedStatement { Decorator+ (ClassDefinition | FunctionDefinition) } |
  MatchStatement
}

targets { tupleOf<Starred | expression> }

WithItem { test (kw<"as"> (Starred | expression))? }`,
  },
  { name: "else clause", why: "one clause one node", rule: "elseClause", replace: 'ElseClause { kw<"else"> Body }' },
  {
    name: "if statement",
    why: "one clause one node; elif needs a test",
    rule: "IfStatement",
    replace: `IfStatement { kw<"if"> testNamed Body ElifClause* ElseClause? }

ElifClause { kw<"elif"> testNamed Body }`,
  },
  {
    name: "try statement",
    why: "except clauses or finally must follow; no `except A, e`, but PEP 758's `except A, B`; except* is its own clause",
    rule: "TryStatement",
    replace: `TryStatement {
  kw<"try"> Body
  ((ExceptClause+ | ExceptGroupClause+) ElseClause? FinallyClause? | FinallyClause)
}

ExceptClause { kw<"except"> caught? Body }

ExceptGroupClause { kw<"except"> "*" caught Body }

FinallyClause { kw<"finally"> Body }

caught { tupleOf<test> (kw<"as"> VariableName)? }`,
  },
  { name: "decorators", why: "PEP 614: any expression", rule: "Decorator", replace: 'Decorator { "@" testNamed newline }' },
  { name: "at sign", why: "needs no node", find: 'At { "@" }', replace: "" },
  {
    name: "function definition",
    why: "lowering tells async functions from others by a node",
    find: 'kw<"async">? kw<"def"> VariableName',
    replace: 'nkw<"async">? kw<"def"> VariableName',
  },
  {
    name: "return annotation",
    why: "the annotation is its only child",
    find: 'TypeDef { "->" test }?',
    replace: 'ReturnType { "->" test }?',
  },
  { name: "parameter list", why: "brackets have names", rule: "ParamList", replace: "ParamList { parenL commaSep<param>? parenR }" },
  {
    name: "parameters",
    why: "one parameter one node; PEP 646's `*args: *Ts`",
    rule: "param",
    replace: `param {
  Param { VariableName TypeDef? ("=" Default { test })? } |
  StarParam { "*" (VariableName StarTypeDef?)? } |
  DoubleStarParam { "**" VariableName TypeDef? } |
  SlashParam { "/" }
}

StarTypeDef { ":" (Starred | test) }`,
  },
  {
    name: "lambda parameters",
    why: "as above, without annotations; positional-only parameters and a trailing comma are valid",
    rule: "lambdaParam",
    replace: `lambdaParam {
  lambdaPlain[@name=Param] { VariableName ("=" Default { test })? } |
  lambdaStar[@name=StarParam] { "*" VariableName? } |
  lambdaDoubleStar[@name=DoubleStarParam] { "**" VariableName } |
  lambdaSlash[@name=SlashParam] { "/" }
}`,
  },
  {
    name: "lambda parameter list",
    why: "as above",
    rule: "lambdaParams",
    replace: "lambdaParams[@name=ParamList] { commaSep<lambdaParam> }",
  },
  {
    name: "type parameter list",
    why: "brackets have names",
    rule: "TypeParamList",
    replace: "TypeParamList { bracketL commaSep<TypeParam> bracketR }",
  },
  {
    name: "type parameters",
    why: "PEP 696 defaults; one kind one node",
    rule: "TypeParam",
    replace: `TypeParam { VariableName TypeDef? ("=" Default { test })? | TypeStar { "*" | "**" } VariableName ("=" Default { Starred | test })? }`,
  },
  {
    name: "body",
    why: "every source ends with a newline, so a block always ends with a dedent",
    rule: "Body",
    replace: 'Body { ":" (simpleStatement | newline indent statement+ dedent) }',
  },

  // Match statement -----------------------------------------------------------------------------
  {
    name: "match statement",
    why: "the subject may be a tuple, starred or named",
    rule: "MatchStatement",
    replace: 'MatchStatement { skw<"match"> tupleOf<Starred | testNamed> ":" newline indent MatchClause+ dedent }',
  },
  {
    name: "case clause",
    why: "open sequences as a node, guards may be named expressions",
    rule: "MatchClause",
    replace: `MatchClause { skw<"case"> (pattern | OpenSequence) Guard { kw<"if"> testNamed }? Body }

OpenSequence { maybeStar ("," | ("," maybeStar)+ ","?) }

maybeStar { pattern | starPattern }

starPattern { StarPattern { "*" VariableName } }`,
  },
  {
    name: "patterns",
    why: "groups, empty sequences, mappings and classes; precedence of | and as",
    rule: "pattern",
    replace: `pattern { orPattern | AsPattern { orPattern kw<"as"> VariableName } }

orPattern { closedPattern | OrPattern { closedPattern ("|" closedPattern)+ } }

closedPattern {
  CapturePattern { VariableName } |
  AttributePattern |
  literalPattern |
  GroupPattern { parenL pattern parenR } |
  SequencePattern |
  MappingPattern |
  ClassPattern { (VariableName | AttributePattern) PatternArgList }
}`,
  },
  {
    name: "attribute pattern",
    why: "its parts are plain names",
    rule: "AttributePattern",
    replace: 'AttributePattern { VariableName ("." VariableName)+ }',
  },
  {
    name: "literal pattern",
    why: "adjacent strings; the signs are looked up in the text",
    rule: "LiteralPattern",
    replace: `literalPattern {
  NumberPattern { ArithOp{"-"}? Number (ArithOp{"+"|"-"} Number)? } |
  StringPattern { (String | FormatString)+ } |
  SingletonPattern { None { kw<"None"> } | @specialize[@name=Boolean]<identifier, "True" | "False"> }
}`,
  },
  {
    name: "class pattern arguments",
    why: "may be empty; a keyword pattern is a node",
    rule: "PatternArgList",
    replace: 'PatternArgList { parenL commaSep<pattern | KeywordPattern { VariableName "=" pattern }>? parenR }',
  },
  {
    name: "sequence pattern",
    why: "may be empty; parentheses around one pattern without comma only group",
    rule: "SequencePattern",
    replace:
      'SequencePattern { bracketL commaSep<maybeStar>? bracketR | parenL parenR | parenL maybeStar ("," | ("," maybeStar)+ ","?) parenR }',
  },
  {
    name: "mapping pattern",
    why: "may be empty; keys are literals or attributes, a rest is a plain name",
    rule: "MappingPattern",
    replace:
      'MappingPattern { braceL commaSep<RestPattern { "**" VariableName } | (literalPattern | AttributePattern) ":" pattern>? braceR }',
  },

  // Expressions ---------------------------------------------------------------------------------
  {
    name: "precedence",
    why: "await binds tighter than **, not looser than comparisons: the shipped list knows neither",
    find: `  trail,
  power @right,`,
    replace: `  trail,
  await,
  power @right,`,
  },
  { name: "precedence of not", why: "as above", find: "  as @left,\n  and @left,", replace: "  not,\n  and @left," },
  {
    name: "conditional and lambda",
    why: "lambda parameters are optional",
    rule: "test",
    replace: `test {
  testInner |
  ConditionalExpression { testInner !cond kw<"if"> testInner kw<"else"> test } |
  LambdaExpression { kw<"lambda"> lambdaParams? ":" test }
}`,
  },
  { name: "no lambda in filters", why: "`[x for x in y if lambda: 0]` is Python 2", rule: "testNoCond", replace: "" },
  {
    name: "named expression",
    why: "the target is a plain name",
    rule: "testNamed",
    replace: 'testNamed { test | NamedExpression { VariableName ":=" test } }',
  },
  { name: "logic and comparison", why: "the node tells the operator", rule: "testInner", replace: "testInner { logic | expression }" },
  {
    name: "operators of logic",
    why: "one operator one node",
    rule: "binaryTest",
    replace: `logic {
  OrExpression { testInner !or kw<"or"> testInner } |
  AndExpression { testInner !and kw<"and"> testInner } |
  NotExpression { kw<"not"> !not testInner } |
  CompareExpression { testInner !compare (CompareOp | In { kw<"in"> } | NotIn { kw<"not"> kw<"in"> } | Is { kw<"is"> } | IsNot { kw<"is"> kw<"not"> }) expression }
}`,
  },
  { name: "negation", why: "part of the operators of logic", rule: "unaryTest", replace: "" },
  { name: "comparison operators", why: "no `<>`", find: '"<" | ">" | $[<>=!] "=" | "<>"', replace: '"<" | ">" | $[<>=!] "="' },
  {
    name: "expressions",
    why: "attributes and subscripts apart, await tighter than **",
    rule: "expression",
    replace: `expression {
  BinaryExpression |
  UnaryExpression { (ArithOp{"+" | "-"} | BitOp{"~"}) !prefix expression } |
  AwaitExpression { kw<"await"> !await expression } |
  ParenthesizedExpression |
  TupleExpression |
  ComprehensionExpression |
  ArrayExpression |
  ArrayComprehensionExpression |
  DictionaryExpression |
  DictionaryComprehensionExpression |
  SetExpression |
  SetComprehensionExpression |
  CallExpression { expression !trail ArgList } |
  SubscriptExpression { expression !trail subscript } |
  MemberExpression { expression !trail "." VariableName } |
  VariableName |
  Number |
  String | FormatString |
  ContinuedString { (String | FormatString) (String | FormatString)+ } |
  "..." |
  None { kw<"None"> } |
  @specialize[@name=Boolean]<identifier, "True" | "False">
}`,
  },
  {
    name: "subscripts",
    why: "tuples of slices as a node, `x[*a]` of PEP 646",
    rule: "subscript",
    replace: `subscript { bracketL tupleOf<Slice | Starred | testNamed> bracketR }

Slice { test? Colon { ":" } test? (Colon { ":" } test?)? }`,
  },
  {
    name: "parentheses",
    why: "`with (a as b, c):` looks like a tuple until its items are seen; lowering allows `as` only there",
    rule: "ParenthesizedExpression",
    replace: `ParenthesizedExpression { parenL (parenItem | YieldExpression) parenR }

parenItem { testNamed | Starred | AsItem { test kw<"as"> (Starred | expression) } }`,
  },
  {
    name: "tuples",
    why: "as above",
    rule: "TupleExpression",
    replace: 'TupleExpression { parenL (parenItem (("," parenItem)+ ","? | ","))? parenR }',
  },
  {
    name: "generator expressions",
    why: "unpacking is not valid",
    rule: "ComprehensionExpression",
    replace: "ComprehensionExpression { parenL testNamed compFor parenR }",
  },
  {
    name: "lists",
    why: "brackets have names",
    rule: "ArrayExpression",
    replace: "ArrayExpression { bracketL commaSep<testNamed | Starred>? bracketR }",
  },
  {
    name: "list comprehensions",
    why: "unpacking is not valid",
    rule: "ArrayComprehensionExpression",
    replace: "ArrayComprehensionExpression { bracketL testNamed compFor bracketR }",
  },
  {
    name: "dictionaries",
    why: "an unpacked mapping is a node",
    rule: "DictionaryExpression",
    replace: 'DictionaryExpression { braceL commaSep<test ":" test | DictionarySpread { "**" expression }>? braceR }',
  },
  {
    name: "dictionary comprehensions",
    why: "unpacking is not valid",
    rule: "DictionaryComprehensionExpression",
    replace: 'DictionaryComprehensionExpression { braceL test ":" test compFor braceR }',
  },
  {
    name: "sets",
    why: "elements may be named expressions",
    rule: "SetExpression",
    replace: "SetExpression { braceL commaSep<testNamed | Starred> braceR }",
  },
  {
    name: "set comprehensions",
    why: "unpacking is not valid",
    rule: "SetComprehensionExpression",
    replace: "SetComprehensionExpression { braceL testNamed compFor braceR }",
  },
  { name: "argument list", why: "brackets have names", rule: "ArgList", replace: "ArgList { parenL commaSep<argument>? parenR }" },
  {
    name: "arguments",
    why: "one argument one node",
    rule: "argument",
    replace: `argument {
  testNamed |
  GeneratorArgument { testNamed compFor } |
  KeywordArgument { VariableName "=" test } |
  StarArgument { "*" test } |
  DoubleStarArgument { "**" test }
}`,
  },
  {
    name: "comprehension clauses",
    why: "clauses side by side instead of nested, starred and trailing-comma targets",
    rule: "compFor",
    replace: `compFor { CompFor (CompFor | CompIf)* }

CompFor { nkw<"async">? kw<"for"> targets kw<"in"> testInner }

CompIf { kw<"if"> testInner }`,
  },
  { name: "comprehension filters", why: "as above", rule: "compIf", replace: "" },
  { name: "attribute names", why: "a keyword is no attribute name; one kind of name is enough", rule: "PropertyName", replace: "" },

  // Literals ------------------------------------------------------------------------------------
  {
    name: "strings",
    why: "a plain string is one token; f-strings and t-strings are read piece by piece",
    find: `  String[isolate] {
    (stringStart | stringStartD | stringStartL | stringStartLD |
     stringStartR | stringStartRD | stringStartRL | stringStartRLD)
    (stringContent | Escape)*
    stringEnd
  }

  FormatString[isolate] {
    (stringStartF | stringStartFD | stringStartFL | stringStartFLD |
     stringStartFR | stringStartFRD | stringStartFRL | stringStartFRLD)
    (stringContent | Escape | FormatReplacement)*
    stringEnd
  }

  formatStringSpec { FormatSpec { ":" (formatStringSpecChars | nestedFormatReplacement)* } "}" }

  blankLine {
    blankLineStart space? Comment? (newline | eof)
  }
}`,
    replace: `  FormatString { formatStart (formatText | FormatReplacement)* formatEnd }

  formatStringSpec { FormatSpec { formatSpecStart (formatText | FormatReplacement)* } braceR }
}`,
  },
  {
    name: "replacement fields",
    why: "the braces are tokens of the layout context",
    rule: "formatReplacement",
    replace: `FormatReplacement {
  replacementStart value FormatSelfDoc { "=" }? FormatConversion? (formatStringSpec | braceR)
}`,
  },
  { name: "one replacement field", why: "as above", rule: "FormatReplacement[isolate]", replace: "" },
  { name: "nested replacement field", why: "as above", rule: "nestedFormatReplacement", replace: "" },
  {
    name: "string tokens",
    why: "read by tokens.ts",
    find: `  // String types are identified by letter suffixes:
  //   D: double quoted
  //   L: long string
  //   R: raw string
  //   F: format string
  stringStart[@export] { stringPrefix? "'" }
  stringStartD[@export] { stringPrefix? '"' }
  stringStartL[@export] { stringPrefix? "'''" }
  stringStartLD[@export] { stringPrefix? '"""' }
  stringStartR[@export] { stringPrefixR "'" }
  stringStartRD[@export] { stringPrefixR '"' }
  stringStartRL[@export] { stringPrefixR "'''" }
  stringStartRLD[@export] { stringPrefixR '"""' }
  stringStartF[@export] { stringPrefixF "'" }
  stringStartFD[@export] { stringPrefixF '"' }
  stringStartFL[@export] { stringPrefixF "'''" }
  stringStartFLD[@export] { stringPrefixF '"""' }
  stringStartFR[@export] { stringPrefixFR "'" }
  stringStartFRD[@export] { stringPrefixFR '"' }
  stringStartFRL[@export] { stringPrefixFR "'''" }
  stringStartFRLD[@export] { stringPrefixFR '"""' }

  stringPrefix { $[uUbB] }
  stringPrefixR { $[rR] $[bB]? | $[bB] $[rR] }
  stringPrefixF { $[fF] }
  stringPrefixFR { $[rR] $[fF] | $[fF] $[rR] }

  // Give string quotes a higher precedence than identifiers, and long
  // strings a higher precedence than short strings
  @precedence { stringStartL, stringStart, identifier }
  @precedence { stringStartLD, stringStartD, identifier }
  @precedence { stringStartRL, stringStartR, identifier }
  @precedence { stringStartRLD, stringStartRD, identifier }
  @precedence { stringStartFL, stringStartF, identifier }
  @precedence { stringStartFLD, stringStartFD, identifier }
  @precedence { stringStartFRL, stringStartFR, identifier }
  @precedence { stringStartFRLD, stringStartFRD, identifier }

`,
    replace: "",
  },
  { name: "spec text", why: "read by tokens.ts", find: "  formatStringSpecChars { ![{}]+ }\n", replace: "" },
  {
    name: "numbers",
    why: "`1.` and `1.e5` are floats",
    find: '(@digit ("_" | @digit)* ("." @digit ("_" | @digit)*)? |',
    replace: '(@digit ("_" | @digit)* ("." ("_" | @digit)*)? |',
  },
];
