//! `${VAR}` and `${VAR:-default}` in strings.

/// Replaces the variables of `text`.
///
/// # Errors
/// The names of the variables that are missing, or the place of a `${` that does not end.
pub(super) fn expand(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, Vec<String>> {
    let mut out = String::with_capacity(text.len());
    let mut errors = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else {
            errors.push("a `${` has no `}`".to_owned());
            return Err(errors);
        };
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        // As in a shell, `:-` stands in for an empty variable, too.
        match env(name).filter(|v| default.is_none() || !v.is_empty()).or(default.map(str::to_owned)) {
            Some(value) => out.push_str(&value),
            None if name.is_empty() => errors.push("a `${}` names no variable".to_owned()),
            None => errors.push(format!("the variable {name} is not set")),
        }
        rest = behind;
    }
    out.push_str(rest);
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}
