#include "redaction/redactor.h"

#include "redaction/keywordscan.h"
#include "redaction/rules.h"

#include <QFile>

#include <re2/set.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace Orgtrace::Redaction {

namespace {

/// A piece of a value: a secret, or text that only looks like a fingerprint.
struct Span {
    size_t begin;
    size_t end;
    bool literal = false;
};

constexpr const char *fingerprintShape = "\\b(?:literal:)*secret:[0-9a-f]{8}:[0-9a-f]{24}\\b";

absl::string_view piece(std::string_view text)
{
    return {text.data(), text.size()};
}

} // namespace

struct Redactor::Private {
    explicit Private(Fingerprinter fingerprinter_) : fingerprinter(std::move(fingerprinter_)) { }

    Fingerprinter fingerprinter;
    RuleSet rules;
    RE2 shape{fingerprintShape, patternOptions(true)};
    std::unique_ptr<RE2::Set> set; ///< which content rules match at all, in one pass
    std::unique_ptr<KeywordScan> keywords;
    std::vector<size_t> ruleOfKeyword; ///< rules.content.size(): the shape of a fingerprint
    bool someWithoutKeyword = false;

    // Member names come again and again, and each rule for them is a regular expression. Bounded: names may be hostile.
    struct NameHash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    static constexpr size_t MostNames = 8192, LongestName = 128;
    std::shared_mutex namesMutex;
    std::unordered_map<std::string, SecretField, NameHash, std::equal_to<>> names;

    SecretField secretField(std::string_view memberName) const
    {
        SecretField out = SecretField::No;
        for (const FieldRule &rule : rules.fields) {
            if (!RE2::PartialMatch(piece(memberName), *rule.name))
                continue;
            if (std::ranges::any_of(rule.except,
                                    [memberName](const auto &except) { return RE2::PartialMatch(piece(memberName), *except); }))
                continue;
            out = std::max(out, rule.below ? SecretField::AllBelow : SecretField::OwnString);
        }
        return out;
    }

    bool ruleMayMatch(size_t rule, std::string_view text, size_t at) const
    {
        const RE2 *filter = rule == rules.content.size() ? &shape : rules.content[rule].prefilter.get();
        return !filter || filter->Match(piece(text), at, text.size(), RE2::ANCHOR_START, nullptr, 0);
    }

    void findSecrets(const ContentRule &rule, std::string_view value, std::vector<Span> &out) const
    {
        const int groups = 1 + rule.regex->NumberOfCapturingGroups();
        std::vector<absl::string_view> found(static_cast<size_t>(groups));
        size_t from = 0;
        while (from <= value.size() && rule.regex->Match(piece(value), from, value.size(), RE2::UNANCHORED, found.data(), groups)) {
            absl::string_view secret = found[static_cast<size_t>(rule.group)];
            if (rule.group == 0) {
                const auto first = std::find_if(found.begin() + 1, found.end(), [](absl::string_view group) { return !group.empty(); });
                if (first != found.end())
                    secret = *first;
            }
            if (!secret.empty()) {
                const auto begin = static_cast<size_t>(secret.data() - value.data());
                out.push_back({begin, begin + secret.size()});
            }
            const auto end = static_cast<size_t>(found[0].data() - value.data()) + found[0].size();
            from = std::max(end, from + 1);
        }
    }

    std::vector<Span> spans(std::string_view value) const
    {
        std::vector<Span> literals;
        absl::string_view match;
        size_t from = 0;
        while (shape.Match(piece(value), from, value.size(), RE2::UNANCHORED, &match, 1)) {
            const auto begin = static_cast<size_t>(match.data() - value.data());
            from = begin + match.size();
            literals.push_back({begin, from, true});
        }

        std::vector<int> matching;
        RE2::Set::ErrorInfo trouble{};
        if (!rules.content.empty() && !set->Match(piece(value), &matching, &trouble) && trouble.kind != RE2::Set::kNoError) {
            matching.clear(); // out of memory for the automaton: ask each rule
            for (size_t i = 0; i < rules.content.size(); ++i)
                matching.push_back(static_cast<int>(i));
        }
        std::vector<Span> secrets;
        for (const int rule : matching)
            findSecrets(rules.content[static_cast<size_t>(rule)], value, secrets);
        // "secret:" of a planted fingerprint, or of one written earlier, reads like an assignment; the escape says more.
        std::erase_if(secrets, [&literals](const Span &secret) {
            return std::ranges::any_of(literals, [&secret](const Span &literal) {
                const bool within = secret.begin >= literal.begin && secret.end <= literal.end;
                return within || (secret.begin > literal.begin && secret.begin < literal.end);
            });
        });
        std::ranges::sort(secrets, {}, [](const Span &span) { return std::pair(span.begin, span.end); });
        std::vector<Span> out;
        for (const Span &secret : secrets) {
            if (!out.empty() && secret.begin < out.back().end)
                out.back().end = std::max(out.back().end, secret.end);
            else
                out.push_back(secret);
        }
        const size_t count = out.size();
        for (const Span &literal : literals) {
            const bool inside = std::any_of(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count), [&literal](const Span &secret) {
                return literal.begin < secret.end && secret.begin < literal.end;
            });
            if (!inside)
                out.push_back(literal);
        }
        std::ranges::sort(out, {}, &Span::begin);
        return out;
    }
};

Redactor::Redactor() = default;
Redactor::Redactor(Redactor &&) noexcept = default;
Redactor &Redactor::operator=(Redactor &&) noexcept = default;
Redactor::~Redactor() = default;

Result<Redactor> Redactor::load(const QByteArray &toml, Fingerprinter fingerprinter)
{
    auto rules = readRules(toml);
    if (!rules)
        return std::unexpected(rules.error());
    Redactor out;
    out.d = std::make_unique<Private>(std::move(fingerprinter));
    out.d->rules = std::move(*rules);
    out.d->set = std::make_unique<RE2::Set>(patternOptions(true), RE2::UNANCHORED);
    std::vector<std::string> keywords{"secret:"};
    out.d->ruleOfKeyword.push_back(out.d->rules.content.size());
    for (size_t i = 0; i < out.d->rules.content.size(); ++i) {
        const ContentRule &rule = out.d->rules.content[i];
        if (out.d->set->Add(rule.pattern, nullptr) != static_cast<int>(i)) {
            return Error::make(
                ErrorCode::BadInput,
                QStringLiteral("rule %1: its regex does not go together with the others").arg(QString::fromStdString(rule.id)));
        }
        out.d->someWithoutKeyword |= rule.keywords.empty();
        for (const std::string &keyword : rule.keywords) {
            keywords.push_back(keyword);
            out.d->ruleOfKeyword.push_back(i);
        }
    }
    out.d->keywords = std::make_unique<KeywordScan>(std::move(keywords));
    if (!out.d->set->Compile())
        return Error::make(ErrorCode::BadInput, QStringLiteral("the rules together are too large to compile"));
    return out;
}

Result<Redactor> Redactor::builtIn(Fingerprinter fingerprinter)
{
    QFile file(QStringLiteral(":/orgtrace/redaction/default.toml"));
    if (!file.open(QIODevice::ReadOnly))
        return Error::make(ErrorCode::Internal, QStringLiteral("the built-in redaction rules are missing from this build"));
    return load(file.readAll(), std::move(fingerprinter));
}

const Fingerprinter &Redactor::fingerprinter() const
{
    return d->fingerprinter;
}

bool Redactor::mayContainSecret(std::string_view text) const
{
    if (d->someWithoutKeyword)
        return true;
    return d->keywords->any(text, [this, text](size_t keyword, size_t at) {
        const size_t rule = d->ruleOfKeyword[keyword];
        return d->ruleMayMatch(rule, text, at);
    });
}

std::optional<Redacted> Redactor::redact(std::string_view value) const
{
    if (!mayContainSecret(value))
        return std::nullopt;
    const std::vector<Span> spans = d->spans(value);
    if (spans.empty())
        return std::nullopt;
    Redacted out;
    size_t done = 0;
    for (const Span &span : spans) {
        out.text += value.substr(done, span.begin - done);
        if (span.literal) {
            out.text += "literal:";
            out.text += value.substr(span.begin, span.end - span.begin);
        } else {
            out.text += d->fingerprinter.fingerprint(value.substr(span.begin, span.end - span.begin));
            ++out.secrets;
        }
        done = span.end;
    }
    out.text += value.substr(done);
    return out;
}

std::optional<std::string> Redactor::redactContent(std::string_view value) const
{
    auto redacted = redact(value);
    return redacted ? std::optional(std::move(redacted->text)) : std::nullopt;
}

SecretField Redactor::secretField(std::string_view memberName) const
{
    if (memberName.size() > Private::LongestName)
        return d->secretField(memberName);
    {
        const std::shared_lock lock(d->namesMutex);
        if (const auto known = d->names.find(memberName); known != d->names.end())
            return known->second;
    }
    const SecretField out = d->secretField(memberName);
    const std::unique_lock lock(d->namesMutex);
    if (d->names.size() < Private::MostNames)
        d->names.emplace(memberName, out);
    return out;
}

bool Redactor::isSecretField(std::string_view memberName) const
{
    return secretField(memberName) != SecretField::No;
}

} // namespace Orgtrace::Redaction
