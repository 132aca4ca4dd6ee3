/**
 * The error grammar: Python 3.14 as a parsing expression grammar, with rules for well-known mistakes.
 *
 * Purpose: when a program is wrong, CPython reports the place that its PEG parser reached and, where one of its rules for
 * mistakes matches, a better message. Reproducing both needs the same order of alternatives, so this grammar follows the
 * published one (Language Reference 10, PEP 617); what the mistake rules look for was observed from CPython 3.14's messages.
 *
 * Notation, one rule a paragraph, alternatives separated by "/" at the start of a line or within parentheses:
 *   'x'        that keyword or operator         NAME NUMBER …   a token of that type (NAME: no keyword)
 *   rule       that rule                        ( … / … )       grouping
 *   e? e* e+   optional, repeated               e%','           one or more e, separated by commas
 *   &e !e      look ahead                       &&'x'           must follow, or "expected 'x'"
 *   ~          commit to this alternative       a=e             give e a name
 * An alternative may end in a result: `=> kind` makes a node called as CPython's messages call it, from the named parts;
 * `{verb arguments: message}` raises an error (see actions.ts), with %a for the name of expression a and %a.line for its line.
 * Rules called wrong_… are tried in the second pass only, where they are the whole alternative. In a rule marked - they are
 * not tried at all. Rules marked * remember results without regard to that, as CPython's memoised rules do.
 */
export const GRAMMAR = `
file: statements? ENDMARKER
interactive: statement_newline
eval: expressions NEWLINE* ENDMARKER
func_type: '(' type_expressions? ')' '->' expression NEWLINE* ENDMARKER

statements: statement+
statement: a=compound_stmt {compound a} / simple_stmts
statement_newline: compound_stmt NEWLINE / simple_stmts / NEWLINE
simple_stmts: simple_stmt !';' NEWLINE / simple_stmt%';' ';'? NEWLINE

simple_stmt*:
  / assignment
  / &'type' type_alias
  / &('import' / 'from') import_stmt
  / star_expressions
  / &'return' return_stmt
  / &'raise' raise_stmt
  / &'pass' pass_stmt
  / &'del' del_stmt
  / &'yield' yield_expr
  / &'assert' assert_stmt
  / &'break' break_stmt
  / &'continue' continue_stmt
  / &'global' global_stmt
  / &'nonlocal' nonlocal_stmt

compound_stmt:
  / &('def' / '@' / 'async') function_def => function
  / &'if' if_stmt
  / &('class' / '@') class_def
  / &('with' / 'async') with_stmt
  / &('for' / 'async') for_stmt
  / &'try' try_stmt
  / &'while' while_stmt
  / match_stmt

assignment:
  / NAME ':' expression ('=' annotated_rhs)?
  / ('(' single_target ')' / single_subscript_attribute_target) ':' expression ('=' annotated_rhs)?
  / (star_targets '=')+ annotated_rhs !'='
  / single_target augassign ~ annotated_rhs
  / wrong_assignment
annotated_rhs: yield_expr / star_expressions
augassign: '+=' / '-=' / '*=' / '@=' / '/=' / '%=' / '&=' / '|=' / '^=' / '<<=' / '>>=' / '**=' / '//='
return_stmt: 'return' star_expressions?
raise_stmt: 'raise' expression ('from' expression)? / 'raise'
pass_stmt: a='pass' => statement
break_stmt: a='break' => statement
continue_stmt: a='continue' => statement
global_stmt: 'global' NAME%','
nonlocal_stmt: 'nonlocal' NAME%','
del_stmt: 'del' del_targets &(';' / NEWLINE) / wrong_del_stmt
assert_stmt: 'assert' expression (',' expression)?

import_stmt*: wrong_import / import_name / import_from
import_name: 'import' dotted_as_name%','
import_from: 'from' ('.' / '...')* dotted_name 'import' import_from_targets / 'from' ('.' / '...')+ 'import' import_from_targets
import_from_targets:
  / '(' import_from_as_names ','? ')'
  / import_from_as_names !','
  / '*'
  / wrong_import_from_targets
import_from_as_names: import_from_as_name%','
import_from_as_name: wrong_import_from_as_name / NAME ('as' NAME)?
dotted_as_name: wrong_dotted_as_name / dotted_name ('as' NAME)?
dotted_name: NAME ('.' NAME)*

block*: NEWLINE INDENT statements DEDENT / simple_stmts / wrong_block
decorators: ('@' named_expression NEWLINE)+
class_def: decorators a=class_def_raw / class_def_raw
class_def_raw: wrong_class_def_raw / 'class' NAME type_params? ('(' arguments? ')')? ':' block
function_def: decorators function_def_raw / function_def_raw
function_def_raw:
  / wrong_def_raw
  / 'def' NAME type_params? '(' params? ')' ('->' expression)? ':' block
  / 'async' 'def' NAME type_params? '(' params? ')' ('->' expression)? ':' block

params: wrong_parameters / parameters
parameters:
  / slash_no_default param_no_default* param_with_default* star_etc?
  / slash_with_default param_with_default* star_etc?
  / param_no_default+ param_with_default* star_etc?
  / param_with_default+ star_etc?
  / star_etc
slash_no_default: param_no_default+ '/' ',' / param_no_default+ '/' &')'
slash_with_default: param_no_default* param_with_default+ '/' ',' / param_no_default* param_with_default+ '/' &')'
star_etc:
  / wrong_star_etc
  / '*' param_no_default param_maybe_default* kwds?
  / '*' param_no_default_star_annotation param_maybe_default* kwds?
  / '*' ',' param_maybe_default+ kwds?
  / kwds
kwds: wrong_kwds / '**' param_no_default
param_no_default: a=param ',' / a=param &')'
param_no_default_star_annotation: NAME ':' star_expression (',' / &')')
param_with_default: param default (',' / &')')
param_maybe_default: param default? ',' / param default? &')'
param: a=NAME b=annotation? => parameter
annotation: ':' expression
default: '=' expression / wrong_default

if_stmt: wrong_if_stmt / 'if' named_expression ':' block elif_stmt / 'if' named_expression ':' block else_block?
elif_stmt: wrong_elif_stmt / 'elif' named_expression ':' block elif_stmt / 'elif' named_expression ':' block else_block?
else_block: wrong_else_stmt / 'else' &&':' block
while_stmt: wrong_while_stmt / 'while' named_expression ':' block else_block?
for_stmt:
  / wrong_for_stmt
  / 'for' star_targets 'in' ~ star_expressions ':' block else_block?
  / 'async' 'for' star_targets 'in' ~ star_expressions ':' block else_block?
  / wrong_for_target
with_stmt:
  / wrong_with_stmt_indent
  / 'with' '(' with_item%',' ','? ')' ':' block
  / 'with' with_item%',' ':' block
  / 'async' 'with' '(' with_item%',' ','? ')' ':' block
  / 'async' 'with' with_item%',' ':' block
  / wrong_with_stmt
with_item: expression 'as' star_target &(',' / ')' / ':') / wrong_with_item / expression
try_stmt:
  / wrong_try_stmt
  / 'try' &&':' block finally_block
  / 'try' &&':' block except_block+ else_block? finally_block?
  / 'try' &&':' block except_star_block+ else_block? finally_block?
except_block:
  / wrong_except_stmt_indent
  / 'except' expression ':' block
  / 'except' expression 'as' NAME ':' block
  / 'except' expressions ':' block
  / 'except' ':' block
  / wrong_except_stmt
except_star_block:
  / wrong_except_star_stmt_indent
  / 'except' '*' expression ':' block
  / 'except' '*' expression 'as' NAME ':' block
  / 'except' '*' expressions ':' block
  / wrong_except_star_stmt
finally_block: wrong_finally_stmt / 'finally' &&':' block

match_stmt: 'match' subject_expr ':' NEWLINE INDENT case_block+ DEDENT / wrong_match_stmt
subject_expr: star_named_expression ',' star_named_expressions? / named_expression
case_block: wrong_case_block / 'case' patterns guard? ':' block
guard: 'if' named_expression
patterns: open_sequence_pattern / pattern
pattern: as_pattern / or_pattern
as_pattern: or_pattern 'as' pattern_capture_target / wrong_as_pattern
or_pattern: a=closed_pattern%'|' => pattern
closed_pattern*:
  / literal_pattern
  / pattern_capture_target
  / '_'
  / name_or_attr !('.' / '(' / '=')
  / '(' pattern ')'
  / '[' maybe_sequence_pattern? ']'
  / '(' open_sequence_pattern? ')'
  / mapping_pattern
  / class_pattern
literal_pattern: signed_number !('+' / '-') / complex_number / strings / 'None' / 'True' / 'False'
literal_expr: signed_number !('+' / '-') / complex_number / &(STRING / FSTRING_START / TSTRING_START) strings / 'None' / 'True' / 'False'
complex_number: signed_real_number '+' imaginary_number / signed_real_number '-' imaginary_number
signed_number: NUMBER {number} / '-' NUMBER {number}
signed_real_number: real_number / '-' real_number
real_number: a=NUMBER {real}
imaginary_number: a=NUMBER {imaginary}
pattern_capture_target: !'_' NAME !('.' / '(' / '=')
attr: NAME ('.' NAME)+
name_or_attr: attr / NAME
open_sequence_pattern: maybe_star_pattern ',' maybe_sequence_pattern?
maybe_sequence_pattern: maybe_star_pattern%',' ','?
maybe_star_pattern: star_pattern / pattern
star_pattern*: '*' pattern_capture_target / '*' '_'
mapping_pattern:
  / '{' '}'
  / '{' double_star_pattern ','? '}'
  / '{' items_pattern ',' double_star_pattern ','? '}'
  / '{' items_pattern ','? '}'
items_pattern: key_value_pattern%','
key_value_pattern: (literal_expr / attr) ':' pattern
double_star_pattern: '**' pattern_capture_target
class_pattern:
  / name_or_attr '(' ')'
  / name_or_attr '(' positional_patterns ','? ')'
  / name_or_attr '(' keyword_patterns ','? ')'
  / name_or_attr '(' positional_patterns ',' keyword_patterns ','? ')'
  / wrong_class_pattern
positional_patterns: pattern%','
keyword_patterns: keyword_pattern%','
keyword_pattern: NAME '=' pattern

type_alias: 'type' NAME type_params? '=' expression
type_params: wrong_type_params / '[' type_param%',' ','? ']'
type_param*:
  / NAME (':' expression)? ('=' expression)?
  / wrong_type_param
  / '*' NAME ('=' star_expression)?
  / '**' NAME ('=' expression)?

expressions: a=expression b=(',' c=expression)+ ','? => tuple / a=expression ',' => tuple / expression
expression*:
  / wrong_expression
  / wrong_legacy_expression
  / a=disjunction 'if' disjunction 'else' expression => conditional expression
  / disjunction
  / lambdef
yield_expr: 'yield' 'from' a=expression => yield expression / 'yield' a=star_expressions? => yield expression
star_expressions: a=star_expression b=(',' c=star_expression)+ ','? => tuple / a=star_expression ',' => tuple / star_expression
star_expression*: '*' a=bitwise_or => starred / expression
star_named_expressions: a=star_named_expression%',' ','?
star_named_expression: '*' a=bitwise_or => starred / named_expression
assignment_expression: NAME ':=' ~ a=expression => named expression
named_expression: assignment_expression / wrong_named_expression / a=expression !':='
disjunction*: a=conjunction ('or' conjunction)+ => expression / conjunction
conjunction*: a=inversion ('and' inversion)+ => expression / inversion
inversion*: 'not' a=inversion => expression / comparison
comparison: a=bitwise_or b=compare_op_bitwise_or_pair+ => comparison / bitwise_or
compare_op_bitwise_or_pair:
  / '==' bitwise_or
  / '!=' bitwise_or
  / '<=' bitwise_or
  / '<' bitwise_or
  / '>=' bitwise_or
  / '>' bitwise_or
  / 'not' 'in' bitwise_or
  / a='in' bitwise_or
  / 'is' 'not' bitwise_or
  / 'is' bitwise_or
bitwise_or: a=bitwise_or '|' bitwise_xor => expression / bitwise_xor
bitwise_xor: a=bitwise_xor '^' bitwise_and => expression / bitwise_and
bitwise_and: a=bitwise_and '&' shift_expr => expression / shift_expr
shift_expr: a=shift_expr '<<' sum => expression / a=shift_expr '>>' sum => expression / wrong_arithmetic / sum
sum: a=sum '+' term => expression / a=sum '-' term => expression / term
term:
  / a=term '*' factor => expression
  / a=term '/' factor => expression
  / a=term '//' factor => expression
  / a=term '%' factor => expression
  / a=term '@' factor => expression
  / wrong_factor
  / factor
factor*: '+' a=factor => expression / '-' a=factor => expression / '~' a=factor => expression / power
power: a=await_primary '**' factor => expression / await_primary
await_primary*: 'await' a=primary => await expression / primary
primary:
  / a=primary '.' NAME => attribute
  / a=primary genexp => function call
  / a=primary '(' arguments? ')' => function call
  / a=primary '[' slices ']' => subscript
  / atom
slices: slice !',' / (slice / starred_expression)%',' ','?
slice: expression? ':' expression? (':' expression?)? / named_expression
atom:
  / NAME
  / 'True'
  / 'False'
  / 'None'
  / &(STRING / FSTRING_START / TSTRING_START) strings
  / NUMBER {number}
  / &'(' (tuple / group / genexp)
  / &'[' (list / listcomp)
  / &'{' (dict / set / dictcomp / setcomp)
  / '...'
group: '(' a=(yield_expr / named_expression) ')' / wrong_group
lambdef: 'lambda' lambda_params? ':' expression => lambda
lambda_params: wrong_lambda_parameters / lambda_parameters
lambda_parameters:
  / lambda_slash_no_default lambda_param_no_default* lambda_param_with_default* lambda_star_etc?
  / lambda_slash_with_default lambda_param_with_default* lambda_star_etc?
  / lambda_param_no_default+ lambda_param_with_default* lambda_star_etc?
  / lambda_param_with_default+ lambda_star_etc?
  / lambda_star_etc
lambda_slash_no_default: lambda_param_no_default+ '/' ',' / lambda_param_no_default+ '/' &':'
lambda_slash_with_default:
  / lambda_param_no_default* lambda_param_with_default+ '/' ','
  / lambda_param_no_default* lambda_param_with_default+ '/' &':'
lambda_star_etc:
  / wrong_lambda_star_etc
  / '*' lambda_param_no_default lambda_param_maybe_default* lambda_kwds?
  / '*' ',' lambda_param_maybe_default+ lambda_kwds?
  / lambda_kwds
lambda_kwds: wrong_lambda_kwds / '**' lambda_param_no_default
lambda_param_no_default: a=NAME ',' / a=NAME &':'
lambda_param_with_default: NAME default (',' / &':')
lambda_param_maybe_default: NAME default? ',' / NAME default? &':'

fstring_middle: fstring_replacement_field => field / FSTRING_MIDDLE
fstring_replacement_field:
  / '{' annotated_rhs '='? fstring_conversion? fstring_full_format_spec? '}'
  / wrong_fstring_replacement_field
fstring_conversion: a='!' b=NAME {conversion a b}
fstring_full_format_spec: ':' fstring_format_spec*
fstring_format_spec: a=FSTRING_MIDDLE {text a} / fstring_replacement_field
fstring: FSTRING_START a=fstring_middle* FSTRING_END {text a} => f-string expression
tstring_replacement_field:
  / '{' annotated_rhs '='? fstring_conversion? tstring_full_format_spec? '}'
  / wrong_tstring_replacement_field
tstring_full_format_spec: ':' tstring_format_spec*
tstring_format_spec: a=TSTRING_MIDDLE {text a} / tstring_replacement_field
tstring_middle: tstring_replacement_field => field / TSTRING_MIDDLE
tstring*: TSTRING_START a=tstring_middle* TSTRING_END {text a} => t-string expression
string: a=STRING {string a}
strings*: wrong_string_tstring_concat / a=(fstring / string)+ {strings a} => strings / a=tstring+ => t-string expression
list: '[' a=star_named_expressions? ']' => list
tuple: '(' a=(star_named_expression ',' star_named_expressions?)? ')' => tuple
set: '{' star_named_expressions '}' => set display
dict: '{' double_starred_kvpairs? '}' => dict literal / '{' wrong_double_starred_kvpairs '}'
double_starred_kvpairs: double_starred_kvpair%',' ','?
double_starred_kvpair: '**' bitwise_or / kvpair
kvpair: expression ':' expression

for_if_clauses: a=for_if_clause+
for_if_clause:
  / 'async' 'for' star_targets 'in' ~ a=disjunction b=('if' c=disjunction)* => clause
  / 'for' star_targets 'in' ~ a=disjunction b=('if' c=disjunction)* => clause
  / wrong_for_if_clause
  / wrong_for_target
listcomp: '[' named_expression for_if_clauses ']' => list comprehension / wrong_comprehension
setcomp: '{' named_expression for_if_clauses '}' => set comprehension / wrong_comprehension
genexp: '(' (assignment_expression / expression !':=') for_if_clauses ')' => generator expression / wrong_comprehension
dictcomp: '{' kvpair for_if_clauses '}' => dict comprehension / wrong_dict_comprehension

arguments*: a=args ','? &')' / wrong_arguments
args:
  / a=(starred_expression / (assignment_expression / expression !':=') !'=')%',' b=(',' c=kwargs)? => arguments
  / b=kwargs => arguments
kwargs: kwarg_or_starred%',' ',' kwarg_or_double_starred%',' / kwarg_or_starred%',' / kwarg_or_double_starred%','
starred_expression: wrong_starred_expression_unpacking / '*' a=expression => starred / wrong_starred_expression
kwarg_or_starred: wrong_kwarg / a=NAME '=' expression => keyword / starred_expression
kwarg_or_double_starred: wrong_kwarg / a=NAME '=' expression => keyword / '**' expression => keyword unpacking

star_targets: star_target !',' / star_target (',' star_target)* ','?
star_targets_list_seq: star_target%',' ','?
star_targets_tuple_seq: star_target (',' star_target)+ ','? / star_target ','
star_target*: '*' !'*' star_target / target_with_star_atom
target_with_star_atom*: t_primary '.' NAME !t_lookahead / t_primary '[' slices ']' !t_lookahead / star_atom
star_atom: NAME / '(' target_with_star_atom ')' / '(' star_targets_tuple_seq? ')' / '[' star_targets_list_seq? ']'
single_target: single_subscript_attribute_target / NAME / '(' single_target ')'
single_subscript_attribute_target: t_primary '.' NAME !t_lookahead / t_primary '[' slices ']' !t_lookahead
t_primary:
  / t_primary '.' NAME &t_lookahead
  / t_primary '[' slices ']' &t_lookahead
  / t_primary genexp &t_lookahead
  / t_primary '(' arguments? ')' &t_lookahead
  / atom &t_lookahead
t_lookahead: '(' / '[' / '.'
del_targets: del_target%',' ','?
del_target*: t_primary '.' NAME !t_lookahead / t_primary '[' slices ']' !t_lookahead / del_t_atom
del_t_atom: NAME / '(' del_target ')' / '(' del_targets? ')' / '[' del_targets? ']'

type_expressions:
  / expression%',' ',' '*' expression ',' '**' expression
  / expression%',' ',' '*' expression
  / expression%',' ',' '**' expression
  / '*' expression ',' '**' expression
  / '*' expression
  / '**' expression
  / expression%','

wrong_arguments:
  / ((starred_expression / (assignment_expression / expression !':=') !'=')%',' ',' kwargs / kwargs) a=',' (starred_expression !'=')%','
    {from a: iterable argument unpacking follows keyword argument unpacking}
  / a=expression b=for_if_clauses ',' (args / expression for_if_clauses)? {range a b: Generator expression must be parenthesized}
  / a=NAME b='=' expression for_if_clauses {range a b: invalid syntax. Maybe you meant '==' or ':=' instead of '='?}
  / (args ',')? a=NAME b='=' &(',' / ')') {range a b: expected argument value expression}
  / a=args b=for_if_clauses {bare generator a b: Generator expression must be parenthesized}
  / args ',' a=expression b=for_if_clauses {range a b: Generator expression must be parenthesized}
  / a=args ',' args {argument order a}
wrong_kwarg:
  / a=('True' / 'False' / 'None') b='=' {range a b: cannot assign to %a}
  / a=NAME b='=' expression for_if_clauses {range a b: invalid syntax. Maybe you meant '==' or ':=' instead of '='?}
  / !(NAME '=') a=expression b='=' {range a b: expression cannot contain assignment, perhaps you meant "=="?}
  / a='**' expression '=' b=expression {range a b: cannot assign to keyword argument unpacking}
expression_without_invalid-: a=disjunction 'if' disjunction 'else' expression => conditional expression / disjunction / lambdef
wrong_legacy_expression: a=NAME !'(' b=star_expressions {legacy a b}
wrong_expression:
  / STRING a=(!STRING b=expression_without_invalid)+ STRING {range a a: invalid syntax. Is this intended to be part of the string?}
  / !(NAME STRING / SOFT_KEYWORD) a=disjunction b=expression_without_invalid {comma a b}
  / a=disjunction 'if' b=disjunction !('else' / ':') {range a b: expected 'else' after 'if' expression}
  / disjunction 'if' disjunction 'else' !expression {next: expected expression after 'else', but statement is given}
  / a=(pass_stmt / break_stmt / continue_stmt) 'if' disjunction 'else' simple_stmt
    {at a: expected expression before 'if', but statement is given}
  / a='lambda' lambda_params? b=':' &FSTRING_MIDDLE {range a b: f-string: lambda expressions are not allowed without parentheses}
  / a='lambda' lambda_params? b=':' &TSTRING_MIDDLE {range a b: t-string: lambda expressions are not allowed without parentheses}
wrong_named_expression*:
  / a=expression ':=' expression {at a: cannot use assignment expressions with %a}
  / a=NAME '=' b=bitwise_or !('=' / ':=') {range a b: invalid syntax. Maybe you meant '==' or ':=' instead of '='?}
  / !(list / tuple / genexp / 'True' / 'None' / 'False') a=bitwise_or '=' bitwise_or !('=' / ':=')
    {at a: cannot assign to %a here. Maybe you meant '==' instead of '='?}
wrong_assignment:
  / a=wrong_ann_assign_target ':' expression {at a: only single target (not %a) can be annotated}
  / a=star_named_expression ',' star_named_expressions* ':' expression {at a: only single target (not tuple) can be annotated}
  / a=expression ':' expression {at a: illegal target for annotation}
  / (star_targets '=')* a=star_expressions '=' {target assign a}
  / (star_targets '=')* a=yield_expr '=' {at a: assignment to yield expression not possible}
  / a=star_expressions augassign annotated_rhs {at a: '%a' is an illegal expression for augmented assignment}
wrong_ann_assign_target: list / tuple / '(' a=wrong_ann_assign_target ')'
wrong_del_stmt: 'del' a=star_expressions {target delete a}
wrong_block: NEWLINE !INDENT {indent: expected an indented block}
wrong_comprehension:
  / ('[' / '(' / '{') a=starred_expression for_if_clauses {at a: iterable unpacking cannot be used in comprehension}
  / ('[' / '{') a=star_named_expression ',' b=star_named_expressions for_if_clauses
    {range a b: did you forget parentheses around the comprehension target?}
  / ('[' / '{') a=star_named_expression b=',' for_if_clauses {range a b: did you forget parentheses around the comprehension target?}
wrong_dict_comprehension: '{' a='**' bitwise_or for_if_clauses '}' {at a: dict unpacking cannot be used in dict comprehension}
wrong_parameters:
  / a='/' ',' {at a: at least one argument must precede /}
  / (slash_no_default / slash_with_default) param_maybe_default* a='/' {at a: / may appear only once}
  / slash_no_default? param_no_default* wrong_parameters_helper a=param_no_default
    {at a: parameter without a default follows parameter with a default}
  / param_no_default* a='(' param_no_default+ ','? b=')' {range a b: Function parameters cannot be parenthesized}
  / (slash_no_default / slash_with_default)? param_maybe_default* '*' (',' / param_no_default) param_maybe_default* a='/'
    {at a: / must be ahead of *}
  / param_maybe_default+ '/' a='*' {at a: expected comma between / and *}
wrong_parameters_helper: slash_with_default / param_with_default+
wrong_default: a='=' &(')' / ',') {at a: expected default value expression}
wrong_star_etc:
  / a='*' (')' / ',' (')' / '**')) {at a: named arguments must follow bare *}
  / '*' param a='=' {at a: var-positional argument cannot have default value}
  / '*' (param_no_default / ',') param_maybe_default* a='*' (param_no_default / ',') {at a: * argument may appear only once}
wrong_kwds:
  / '**' param a='=' {at a: var-keyword argument cannot have default value}
  / '**' param ',' a=param {at a: arguments cannot follow var-keyword argument}
  / '**' param ',' a=('*' / '**' / '/') {at a: arguments cannot follow var-keyword argument}
wrong_lambda_parameters:
  / a='/' ',' {at a: at least one argument must precede /}
  / (lambda_slash_no_default / lambda_slash_with_default) lambda_param_maybe_default* a='/' {at a: / may appear only once}
  / lambda_slash_no_default? lambda_param_no_default* wrong_lambda_parameters_helper a=lambda_param_no_default
    {at a: parameter without a default follows parameter with a default}
  / lambda_param_no_default* a='(' NAME%',' ','? b=')' {range a b: Lambda expression parameters cannot be parenthesized}
  / (lambda_slash_no_default / lambda_slash_with_default)? lambda_param_maybe_default* '*' (',' / lambda_param_no_default)
    lambda_param_maybe_default* a='/' {at a: / must be ahead of *}
  / lambda_param_maybe_default+ '/' a='*' {at a: expected comma between / and *}
wrong_lambda_parameters_helper: lambda_slash_with_default / lambda_param_with_default+
wrong_lambda_star_etc:
  / '*' (':' / ',' (':' / '**')) {last: named arguments must follow bare *}
  / '*' NAME a='=' {at a: var-positional argument cannot have default value}
  / '*' (lambda_param_no_default / ',') lambda_param_maybe_default* a='*' (lambda_param_no_default / ',')
    {at a: * argument may appear only once}
wrong_lambda_kwds:
  / '**' NAME a='=' {at a: var-keyword argument cannot have default value}
  / '**' NAME ',' a=NAME {at a: arguments cannot follow var-keyword argument}
  / '**' NAME ',' a=('*' / '**' / '/') {at a: arguments cannot follow var-keyword argument}
wrong_with_item: expression 'as' a=expression &(',' / ')' / ':') {target assign a}
wrong_for_if_clause: 'async'? 'for' (bitwise_or (',' bitwise_or)* ','?) !'in' {last: 'in' expected after for-loop variables}
wrong_for_target: 'async'? 'for' a=star_expressions {target for a}
wrong_group:
  / '(' a=starred_expression ')' {at a: cannot use starred expression here}
  / '(' a='**' expression ')' {at a: cannot use double starred expression here}
wrong_import:
  / a='import' dotted_name%',' 'from' dotted_name {from a: Did you mean to use 'from ... import ...' instead?}
  / 'import' a=NEWLINE {from a: Expected one or more names after 'import'}
wrong_dotted_as_name: dotted_name 'as' !(NAME (',' / ')' / ';' / NEWLINE)) a=expression {at a: cannot use %a as import target}
wrong_import_from_as_name: NAME 'as' !(NAME (',' / ')' / ';' / NEWLINE)) a=expression {at a: cannot use %a as import target}
wrong_import_from_targets:
  / import_from_as_names ',' NEWLINE {last: trailing comma not allowed without surrounding parentheses}
  / a=NEWLINE {from a: Expected one or more names after 'import'}
wrong_with_stmt:
  / 'async'? 'with' (expression ('as' star_target)?)%',' NEWLINE {last: expected ':'}
  / 'async'? 'with' '(' (expressions ('as' star_target)?)%',' ','? ')' NEWLINE {last: expected ':'}
wrong_with_stmt_indent:
  / 'async'? a='with' (expression ('as' star_target)?)%',' ':' NEWLINE !INDENT
    {indent: expected an indented block after 'with' statement on line %a.line}
  / 'async'? a='with' '(' (expressions ('as' star_target)?)%',' ','? ')' ':' NEWLINE !INDENT
    {indent: expected an indented block after 'with' statement on line %a.line}
wrong_try_stmt:
  / a='try' ':' NEWLINE !INDENT {indent: expected an indented block after 'try' statement on line %a.line}
  / 'try' ':' block !('except' / 'finally') {last: expected 'except' or 'finally' block}
  / 'try' ':' block* except_block+ a='except' b='*' expression ('as' NAME)? ':'
    {range a b: cannot have both 'except' and 'except*' on the same 'try'}
  / 'try' ':' block* except_star_block+ a='except' (expression ('as' NAME)?)? ':'
    {at a: cannot have both 'except' and 'except*' on the same 'try'}
wrong_except_stmt:
  / 'except' a=expression ',' expressions 'as' NAME ':' {from a: multiple exception types must be parenthesized when using 'as'}
  / 'except' expression ('as' NAME)? NEWLINE {last: expected ':'}
  / 'except' NEWLINE {last: expected ':'}
  / 'except' expression 'as' a=expression ':' block {at a: cannot use except statement with %a}
wrong_except_star_stmt:
  / 'except' '*' a=expression ',' expressions 'as' NAME ':' {from a: multiple exception types must be parenthesized when using 'as'}
  / 'except' '*' expression ('as' NAME)? NEWLINE {last: expected ':'}
  / 'except' '*' (NEWLINE / ':') {last: expected one or more exception types}
  / 'except' '*' expression 'as' a=expression ':' block {at a: cannot use except* statement with %a}
wrong_finally_stmt: a='finally' ':' NEWLINE !INDENT {indent: expected an indented block after 'finally' statement on line %a.line}
wrong_except_stmt_indent:
  / a='except' expression ('as' NAME)? ':' NEWLINE !INDENT
    {indent: expected an indented block after 'except' statement on line %a.line}
  / a='except' ':' NEWLINE !INDENT {indent: expected an indented block after 'except' statement on line %a.line}
wrong_except_star_stmt_indent: a='except' '*' expression ('as' NAME)? ':' NEWLINE !INDENT
    {indent: expected an indented block after 'except*' statement on line %a.line}
wrong_match_stmt:
  / 'match' subject_expr NEWLINE {last: expected ':'}
  / a='match' subject_expr ':' NEWLINE !INDENT {indent: expected an indented block after 'match' statement on line %a.line}
wrong_case_block:
  / 'case' patterns guard? NEWLINE {last: expected ':'}
  / a='case' patterns guard? ':' NEWLINE !INDENT {indent: expected an indented block after 'case' statement on line %a.line}
wrong_as_pattern:
  / or_pattern 'as' a='_' {at a: cannot use '_' as a target}
  / or_pattern 'as' a=expression {at a: cannot use %a as pattern target}
wrong_class_pattern: name_or_attr '(' a=wrong_class_argument_pattern {range a a: positional patterns follow keyword patterns}
wrong_class_argument_pattern: (positional_patterns ',')? keyword_patterns ',' a=positional_patterns
wrong_if_stmt:
  / 'if' named_expression NEWLINE {last: expected ':'}
  / a='if' named_expression ':' NEWLINE !INDENT {indent: expected an indented block after 'if' statement on line %a.line}
wrong_elif_stmt:
  / 'elif' named_expression NEWLINE {last: expected ':'}
  / a='elif' named_expression ':' NEWLINE !INDENT {indent: expected an indented block after 'elif' statement on line %a.line}
wrong_else_stmt:
  / a='else' ':' NEWLINE !INDENT {indent: expected an indented block after 'else' statement on line %a.line}
  / 'else' ':' block 'elif' {last: 'elif' block follows an 'else' block}
wrong_while_stmt:
  / 'while' named_expression NEWLINE {last: expected ':'}
  / a='while' named_expression ':' NEWLINE !INDENT {indent: expected an indented block after 'while' statement on line %a.line}
wrong_for_stmt:
  / 'async'? 'for' star_targets 'in' star_expressions NEWLINE {last: expected ':'}
  / 'async'? a='for' star_targets 'in' star_expressions ':' NEWLINE !INDENT
    {indent: expected an indented block after 'for' statement on line %a.line}
wrong_def_raw:
  / 'async'? a='def' NAME type_params? '(' params? ')' ('->' expression)? ':' NEWLINE !INDENT
    {indent: expected an indented block after function definition on line %a.line}
  / 'async'? 'def' NAME type_params? &&'(' params? ')' ('->' expression)? &&':' block
wrong_class_def_raw:
  / 'class' NAME type_params? ('(' arguments? ')')? NEWLINE {last: expected ':'}
  / a='class' NAME type_params? ('(' arguments? ')')? ':' NEWLINE !INDENT
    {indent: expected an indented block after class definition on line %a.line}
wrong_double_starred_kvpairs:
  / double_starred_kvpair%',' ',' wrong_kvpair
  / expression ':' a='*' bitwise_or {from a: cannot use a starred expression in a dictionary value}
  / expression a=':' &('}' / ',') {at a: expression expected after dictionary key and ':'}
wrong_kvpair:
  / a=expression !':' {after a: ':' expected after dictionary key}
  / expression ':' a='*' bitwise_or {from a: cannot use a starred expression in a dictionary value}
  / expression a=':' &('}' / ',') {at a: expression expected after dictionary key and ':'}
wrong_starred_expression_unpacking: a='*' expression '=' b=expression {range a b: cannot assign to iterable argument unpacking}
wrong_starred_expression: '*' {last: Invalid star expression}
wrong_fstring_replacement_field:
  / '{' a=('=' / '!' / ':' / '}') {at a: f-string: valid expression required before '%a'}
  / '{' !annotated_rhs {next: f-string: expecting a valid expression after '{'}
  / '{' annotated_rhs !('=' / '!' / ':' / '}') {next: f-string: expecting '=', or '!', or ':', or '}'}
  / '{' annotated_rhs '=' !('!' / ':' / '}') {next: f-string: expecting '!', or ':', or '}'}
  / '{' annotated_rhs '='? wrong_fstring_conversion_character
  / '{' annotated_rhs '='? ('!' NAME)? !(':' / '}') {next: f-string: expecting ':' or '}'}
  / '{' annotated_rhs '='? ('!' NAME)? ':' fstring_format_spec* !'}' {next: f-string: expecting '}', or format specs}
  / '{' annotated_rhs '='? ('!' NAME)? !'}' {next: f-string: expecting '}'}
wrong_fstring_conversion_character:
  / '!' &(':' / '}') {next: f-string: missing conversion character}
  / '!' !NAME {next: f-string: invalid conversion character}
wrong_tstring_replacement_field:
  / '{' a=('=' / '!' / ':' / '}') {at a: t-string: valid expression required before '%a'}
  / '{' !annotated_rhs {next: t-string: expecting a valid expression after '{'}
  / '{' annotated_rhs !('=' / '!' / ':' / '}') {next: t-string: expecting '=', or '!', or ':', or '}'}
  / '{' annotated_rhs '=' !('!' / ':' / '}') {next: t-string: expecting '!', or ':', or '}'}
  / '{' annotated_rhs '='? wrong_tstring_conversion_character
  / '{' annotated_rhs '='? ('!' NAME)? !(':' / '}') {next: t-string: expecting ':' or '}'}
  / '{' annotated_rhs '='? ('!' NAME)? ':' fstring_format_spec* !'}' {next: t-string: expecting '}', or format specs}
  / '{' annotated_rhs '='? ('!' NAME)? !'}' {next: t-string: expecting '}'}
wrong_tstring_conversion_character:
  / '!' &(':' / '}') {next: t-string: missing conversion character}
  / '!' !NAME {next: t-string: invalid conversion character}
wrong_string_tstring_concat:
  / a=(fstring / string)+ b=tstring {range a.last b: cannot mix t-string literals with string or bytes literals}
  / a=tstring+ b=(fstring / string) {range a.last b: cannot mix t-string literals with string or bytes literals}
wrong_arithmetic: sum ('+' / '-' / '*' / '/' / '%' / '//' / '@') a='not' b=inversion
    {range a b: 'not' after an operator must be parenthesized}
wrong_factor: ('+' / '-' / '~') a='not' b=factor {range a b: 'not' after an operator must be parenthesized}
wrong_type_params: '[' a=']' {from a: Type parameter list cannot be empty}
wrong_type_param:
  / '*' NAME a=':' b=expression {bound a b: TypeVarTuple}
  / '**' NAME a=':' b=expression {bound a b: ParamSpec}
`;
