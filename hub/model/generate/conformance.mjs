// Conformance expressions of the published model, rewritten as the tree that the data file holds.
//
// A conformance is one of
//   "M" "O" "P" "D" "X" "desc"          mandatory, optional, provisional, deprecated, disallowed, in prose
//   {mandatoryIf: E} {optionalIf: E}    by a condition
//   {otherwise: [C, ...]}               the first that applies
//   {choice: {group, count, more, of: C}}
// and a condition is one of
//   {feature|attribute|command|event|field|condition|name: "Name"}, {value: 3}, {revision: 3},
//   {path: ["Cluster", "Member"]}, {not: E}, {and|or|xor|eq|ne|lt|le|gt|ge: [E, E]}

const OPERATORS = {
    "&": "and", "|": "or", "^": "xor", "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
};

/** The tree of `conformance`, or undefined when it says nothing. `kindOf(name)` says what a name names. */
export function conformanceTree(conformance, kindOf) {
    const { ast } = conformance;
    return ast.type === "empty" ? undefined : clause(ast, kindOf);
}

function clause(ast, kindOf) {
    switch (ast.type) {
        case "M": case "O": case "P": case "D": case "X": case "desc":
            return ast.type;
        case "optionalIf":
            return { optionalIf: condition(ast.param, kindOf) };
        case "otherwise":
            return { otherwise: ast.param.map(part => clause(part, kindOf)) };
        case "choice": {
            const { name, num, orMore, expr } = ast.param;
            return { choice: { group: name, count: num, more: !!orMore, of: clause(expr, kindOf) } };
        }
        default:
            return { mandatoryIf: condition(ast, kindOf) };
    }
}

function condition(ast, kindOf) {
    switch (ast.type) {
        case "name": {
            const [kind, name] = kindOf(ast.param);
            return { [kind]: name };
        }
        case "value":
            return { value: ast.param };
        case "revision":
            return { revision: ast.param };
        case "!":
            return { not: condition(ast.param, kindOf) };
        case ".":
            return { path: segments(ast) };
        default: {
            const operator = OPERATORS[ast.type];
            if (operator === undefined) {
                throw new Error(`conformance node ${ast.type} is not known`);
            }
            return { [operator]: [condition(ast.param.lhs, kindOf), condition(ast.param.rhs, kindOf)] };
        }
    }
}

function segments(ast) {
    return ast.type === "." ? [...segments(ast.param.lhs), ...segments(ast.param.rhs)] : [ast.param];
}
