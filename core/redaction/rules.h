#pragma once

#include "base/error.h"

#include <QByteArray>

#include <re2/re2.h>

#include <memory>
#include <string>
#include <vector>

namespace Orgtrace::Redaction {

/// One [[rules]] table: a secret known by its look.
struct ContentRule {
    std::string id;
    std::string pattern;
    std::unique_ptr<RE2> regex;
    int group = 0; ///< the capturing group that is the secret; 0: the first that took part, or the whole match
    std::vector<std::string> keywords; ///< one must be there, letter case ignored; none: every text is looked at
    std::unique_ptr<RE2> prefilter; ///< must match from the keyword on, in plain or JSON-escaped text
};

/// One [[fields]] table: a secret known by its member's name.
struct FieldRule {
    std::string id;
    std::unique_ptr<RE2> name;
    std::vector<std::unique_ptr<RE2>> except;
    bool below = true; ///< also every string below an object or array of that name
};

struct RuleSet {
    std::vector<ContentRule> content;
    std::vector<FieldRule> fields;
};

/// How every pattern is read: bytes, not characters, so that malformed text hides nothing.
[[nodiscard]] RE2::Options patternOptions(bool caseSensitive);

/// Reads gitleaks-style TOML. Keys of gitleaks that only narrow a rule (entropy, allowlist …) are passed over: more is redacted, never less.
/// Errors: BadInput, naming the rule and the mistake.
[[nodiscard]] Result<RuleSet> readRules(const QByteArray &toml);

} // namespace Orgtrace::Redaction
