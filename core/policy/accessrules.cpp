#include "policy/accessrules.h"

#include "base/digest.h"
#include "policy/contextreader.h"
#include "policy/tomltable.h"

#include <QFile>

#include <algorithm>
#include <array>
#include <map>

namespace Orgtrace::Policy {

namespace {

constexpr qsizetype MostRuleBytes = 1024LL * 1024;
constexpr size_t MostAccessRules = 500;
constexpr qsizetype MostPatterns = 500; // in one list

using RuleKind = AccessRule::Kind;
using RuleTarget = AccessRule::Target;

const QList<std::pair<QString, RuleKind>> &ruleKinds()
{
    static const QList<std::pair<QString, RuleKind>> list{{QStringLiteral("combination"), RuleKind::Combination},
                                                          {QStringLiteral("sole-holder"), RuleKind::SoleHolder},
                                                          {QStringLiteral("dormant"), RuleKind::Dormant},
                                                          {QStringLiteral("wildcard"), RuleKind::Wildcard},
                                                          {QStringLiteral("escalation"), RuleKind::Escalation}};
    return list;
}

const QList<std::pair<QString, RuleTarget>> &ruleTargets()
{
    static const QList<std::pair<QString, RuleTarget>> list{{QStringLiteral("itself"), RuleTarget::Itself},
                                                            {QStringLiteral("role"), RuleTarget::Role},
                                                            {QStringLiteral("group"), RuleTarget::Group},
                                                            {QStringLiteral("client"), RuleTarget::Client}};
    return list;
}

const QList<std::pair<QString, Access::SubjectKind>> &subjectWords()
{
    using Access::SubjectKind;
    static const QList<std::pair<QString, SubjectKind>> list{{QStringLiteral("user"), SubjectKind::User},
                                                             {QStringLiteral("oauth-client"), SubjectKind::OAuthClient},
                                                             {QStringLiteral("group"), SubjectKind::Group},
                                                             {QStringLiteral("trustee-user"), SubjectKind::TrusteeUser},
                                                             {QStringLiteral("trustee-group"), SubjectKind::TrusteeGroup}};
    return list;
}

/// Three parts, each `*` or a word as the platform's permissions have them: whatever else would be a rule that can never fit.
bool isPattern(const QString &text)
{
    const auto isLetter = [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'_' || c == u'-';
    };
    const QStringList parts = text.split(u':');
    return parts.size() == 3 && std::ranges::all_of(parts, [&](const QString &part) {
               return part == u"*" || (!part.isEmpty() && std::ranges::all_of(part, isLetter));
           });
}

bool coversAll(const QString &pattern, const QString &permission)
{
    const QStringList wide = pattern.split(u':'), narrow = permission.split(u':');
    return wide.size() == 3 && narrow.size() == 3
        && std::ranges::all_of(std::array{0, 1, 2}, [&](int i) { return wide[i] == u"*" || wide[i] == narrow[i]; });
}

/// Permissions and names of sets as a file has them: what the sets hold is known when all files were read.
struct WordList {
    QStringList words;
    QString what, where; ///< of which rule, and in which line
};
struct RuleDraft {
    AccessRule rule;
    WordList all, independentOf, through;
};
struct RiskDraft {
    PermissionRisk row;
    WordList patterns;
};

/// Files, one after the other.
class RulesReader
{
public:
    Result<void> add(const AccessRuleFile &file)
    {
        if (file.toml.size() > MostRuleBytes)
            return Error::make(ErrorCode::TooLarge, QStringLiteral("a file of access rules has at most 1 MB"), file.name);
        m_file = file.name;
        m_out.sources.append({file.name, sha256(view(file.toml)).toHex(), {}, {}, {}, {}, 0});
        try {
            const toml::table root = toml::parse(view(file.toml), file.name.toStdString());
            return tables(root);
        } catch (const toml::parse_error &error) {
            return Error::make(ErrorCode::BadInput, QStringLiteral("this is no valid TOML: ") + tomlText(error.description()),
                               file.name + u':' + QString::number(error.source().begin.line));
        }
    }

    Result<AccessRules> take()
    {
        for (auto &[id, draft] : m_rules) {
            for (const QString &word : std::as_const(draft.all.words))
                draft.rule.all.append(expanded({QStringList{word}, draft.all.what, draft.all.where}));
            draft.rule.independentOf = expanded(draft.independentOf);
            draft.rule.through = expanded(draft.through);
            m_out.rules.push_back(std::move(draft.rule));
        }
        for (const RiskDraft &draft : std::as_const(m_risks))
            m_out.risks.append({draft.row.severity, expanded(draft.patterns)});
        if (m_error)
            return std::unexpected(*m_error);
        std::ranges::stable_sort(m_out.rules,
                                 [](const AccessRule &left, const AccessRule &right) { return left.severity > right.severity; });
        return std::move(m_out);
    }

private:
    /// Patterns as they are, names of sets as what the sets hold. The first mistake stays.
    QStringList expanded(const WordList &list)
    {
        QStringList out;
        const auto fail = [&](const QString &mistake) {
            if (!m_error)
                m_error = Error{ErrorCode::BadInput, list.what + mistake, list.where};
        };
        for (const QString &word : list.words) {
            if (isPattern(word))
                out.append(word);
            else if (m_sets.contains(word))
                out += m_sets.value(word);
            else {
                const QStringList names = m_sets.keys();
                fail(QStringLiteral(
                         "\"%1\" is neither a permission nor a set; write domain:entity:action, each part * or a word of letters, "
                         "digits, _ and -, or one of %2")
                         .arg(word.left(100), names.join(QStringLiteral(", "))));
            }
            if (out.size() > MostPatterns) {
                fail(QStringLiteral("a list comes to more than %1 permissions").arg(MostPatterns));
                break;
            }
        }
        return out;
    }

    /// A list of words under a key, with where it stands.
    WordList patterns(TomlTable &reader, const toml::table &table, const char *key, const QString &what)
    {
        const toml::node *node = table.get(key);
        const auto line = (node ? *node : static_cast<const toml::node &>(table)).source().begin.line;
        return {reader.strings(key), what, m_file + u':' + QString::number(line)};
    }

    Severity severity(TomlTable &reader, const toml::table &table, const char *key, bool isNeeded, Severity otherwise)
    {
        const QString word = isNeeded ? reader.needed(key) : reader.string(key);
        if (word.isEmpty())
            return otherwise;
        const auto known = severityFromName(word);
        if (!known)
            reader.fail(*table.get(key),
                        QStringLiteral("there is no severity \"%1\"; use low, medium, high or critical").arg(word.left(100)));
        return known.value_or(otherwise);
    }

    Result<void> sets(const toml::node &node, TomlTable &top)
    {
        const toml::table *table = node.as_table();
        if (!table) {
            top.fail(node, QStringLiteral("sets must be a section: [sets]"));
            return {};
        }
        TomlTable reader(*table, m_file, QStringLiteral("[sets]: "));
        for (const auto &[key, value] : *table) {
            const std::string name(key.str());
            const QStringList list = reader.strings(name.c_str());
            for (const QString &pattern : list) {
                if (!isPattern(pattern))
                    reader.fail(value,
                                QStringLiteral("\"%1\" is no permission; write domain:entity:action, each part * or a word of letters, "
                                               "digits, _ and -")
                                    .arg(pattern.left(100)));
            }
            if (list.size() > MostPatterns)
                reader.fail(value, QStringLiteral("a set has at most %1 permissions").arg(MostPatterns));
            if (m_sets.contains(tomlText(name)))
                m_out.sources.last().sets.append(tomlText(name));
            m_sets.insert(tomlText(name), list);
        }
        if (auto error = reader.finish())
            return std::unexpected(*error);
        return {};
    }

    Result<RiskDraft> risk(const toml::table &table)
    {
        TomlTable reader(table, m_file, QStringLiteral("[[risk]]: "));
        RiskDraft row;
        row.row.severity = severity(reader, table, "severity", true, Severity::Low);
        row.patterns = patterns(reader, table, "permissions", QStringLiteral("[[risk]]: "));
        if (!table.contains("permissions"))
            reader.fail(QStringLiteral("permissions is missing: add permissions = [\"domain:entity:action\"]"));
        if (auto error = reader.finish())
            return std::unexpected(*error);
        return row;
    }

    /// The keys that only one kind of rule has a use for; any other kind's are mistakes.
    void ofItsKind(RuleDraft &draft, TomlTable &reader, const toml::table &table, const QString &what)
    {
        AccessRule &rule = draft.rule;
        const auto must = [&](const char *key, const char *cure) {
            if (!table.contains(key))
                reader.fail(QStringLiteral("%1 is missing: add %2").arg(QLatin1StringView(key), QLatin1StringView(cure)));
        };
        switch (rule.kind) {
        case RuleKind::SoleHolder:
            rule.fewest = static_cast<int>(reader.number("fewest", 1, 1000).value_or(2));
            draft.independentOf = patterns(reader, table, "independent-of", what);
            [[fallthrough]];
        case RuleKind::Combination:
            must("all", "all = [\"domain:entity:action\", \"a-set\"]: something of each is to be held");
            draft.all = patterns(reader, table, "all", what);
            break;
        case RuleKind::Dormant:
            rule.days = static_cast<int>(reader.number("days", 1, 3650).value_or(90));
            rule.risk = severity(reader, table, "risk", false, Severity::Critical);
            break;
        case RuleKind::Wildcard:
            rule.stars = static_cast<int>(reader.number("stars", 1, 3).value_or(2));
            rule.risk = severity(reader, table, "risk", false, Severity::Critical);
            break;
        case RuleKind::Escalation:
            if (const QString word = reader.needed("target"); !word.isEmpty()) {
                const auto known = std::ranges::find(ruleTargets(), word, &std::pair<QString, RuleTarget>::first);
                if (known == ruleTargets().end())
                    reader.fail(*table.get("target"),
                                QStringLiteral("there is no target \"%1\"; use itself, role, group or client").arg(word.left(100)));
                else
                    rule.target = known->second;
            }
            must("through", "through = [\"authorization:role:edit\"]");
            draft.through = patterns(reader, table, "through", what);
            rule.risk = severity(reader, table, "risk", false, Severity::Critical);
            break;
        }
    }

    Result<void> rule(const toml::table &table, std::map<QString, qint64> &lines)
    {
        using Access::SubjectKind;
        const QString name = tomlText(table["id"].value_or(std::string_view()));
        const auto line = static_cast<qint64>(table.source().begin.line);
        const QString what = name.isEmpty() ? QStringLiteral("rule: ") : QStringLiteral("rule \"%1\": ").arg(name.left(100));
        TomlTable reader(table, m_file, what);
        RuleDraft draft;
        AccessRule &rule = draft.rule;
        rule.id = reader.needed("id");
        if (const auto seen = lines.find(rule.id); !rule.id.isEmpty() && seen != lines.end())
            reader.fail(QStringLiteral("it is there already, at line %1: give it another id").arg(seen->second));
        lines.emplace(rule.id, line);
        const bool isOff = !reader.flag("enabled").value_or(true);
        if (isOff && table.size() == 2) { // nothing but its id: a shipped one is taken away
            if (auto error = reader.finish())
                return std::unexpected(*error);
            if (m_rules.erase(rule.id) == 0)
                return Error::make(ErrorCode::BadInput, QStringLiteral("there is no rule \"%1\" to take away").arg(rule.id.left(100)),
                                   m_file + u':' + QString::number(line));
            m_out.sources.last().switchedOff.append(rule.id);
            return {};
        }
        rule.title = reader.needed("title");
        rule.advice = reader.needed("advice");
        rule.severity = severity(reader, table, "severity", true, Severity::Low);
        reader.needed("kind");
        const QString kind = tomlText(table["kind"].value_or(std::string_view()));
        const auto known = std::ranges::find(ruleKinds(), kind, &std::pair<QString, RuleKind>::first);
        if (known == ruleKinds().end()) {
            QStringList names;
            for (const auto &[word, value] : ruleKinds())
                names.append(word);
            if (table.contains("kind"))
                reader.fail(*table.get("kind"),
                            QStringLiteral("there is no kind \"%1\"; use %2").arg(kind.left(100), names.join(QStringLiteral(", "))));
        } else {
            rule.kind = known->second;
            ofItsKind(draft, reader, table, what);
        }
        rule.subjects = reader.words("subjects", subjectWords());
        if (rule.subjects.isEmpty())
            rule.subjects = rule.kind == RuleKind::SoleHolder || rule.kind == RuleKind::Dormant
                ? QList<SubjectKind>{SubjectKind::User}
                : QList<SubjectKind>{SubjectKind::User, SubjectKind::OAuthClient, SubjectKind::TrusteeUser};
        rule.except = reader.strings("except");
        rule.isConditionalEnough = !reader.flag("unconditional").value_or(false);
        if (auto error = reader.finish())
            return std::unexpected(*error);
        const bool isKnown = m_rules.erase(rule.id) > 0;
        AccessRuleSource &source = m_out.sources.last();
        (isOff ? source.switchedOff : isKnown ? source.replaced : source.rules).append(rule.id);
        if (!isOff) {
            const QString id = rule.id;
            m_rules.emplace(id, std::move(draft));
        }
        return {};
    }

    Result<void> tables(const toml::table &root)
    {
        TomlTable top(root, m_file, QString());
        if (const toml::node *version = top.take("version")) {
            if (version->value_exact<int64_t>() != 1)
                top.fail(*version, QStringLiteral("this version of Orgtrace reads version = 1"));
        } else {
            top.fail(QStringLiteral("version is missing: begin the file with version = 1"));
        }
        if (const toml::node *node = top.take("policies-enforced")) {
            if (node->is_boolean())
                m_out.arePoliciesEnforced = node->value_exact<bool>();
            else
                top.fail(*node, QStringLiteral("policies-enforced is true or false; leave it out where that is not known"));
        }
        if (const toml::node *node = top.take("sets")) {
            if (auto read = sets(*node, top); !read)
                return read;
        }
        const auto list = [&](const char *key) -> const toml::array * {
            const toml::node *node = top.take(key);
            if (node && !node->is_array_of_tables())
                top.fail(*node, QStringLiteral("%1 is written [[%1]], with two brackets").arg(QLatin1StringView(key)));
            if (node && node->is_array_of_tables() && node->as_array()->size() > MostAccessRules)
                top.fail(*node, QStringLiteral("more than %1 of [[%2]]").arg(MostAccessRules).arg(QLatin1StringView(key)));
            return node ? node->as_array() : nullptr;
        };
        const toml::array *risks = list("risk"), *rules = list("rule");
        if (auto error = top.finish())
            return std::unexpected(*error);
        QList<RiskDraft> own;
        if (risks) {
            for (const toml::node &node : *risks) {
                auto row = risk(*node.as_table());
                if (!row)
                    return std::unexpected(row.error());
                own.append(*std::move(row));
            }
        }
        m_out.sources.last().risks = own.size();
        m_risks = own + m_risks;
        std::map<QString, qint64> lines;
        if (rules) {
            for (const toml::node &node : *rules) {
                if (auto read = rule(*node.as_table(), lines); !read)
                    return read;
            }
        }
        return {};
    }

    QString m_file;
    QMap<QString, QStringList> m_sets;
    std::map<QString, RuleDraft> m_rules;
    QList<RiskDraft> m_risks;
    AccessRules m_out;
    std::optional<Error> m_error;
};

} // namespace

QString accessRuleKindName(AccessRule::Kind kind)
{
    return std::ranges::find(ruleKinds(), kind, &std::pair<QString, RuleKind>::second)->first;
}

std::optional<Severity> AccessRules::riskOf(const QString &permission) const
{
    const bool isWildcard = permission.contains(u'*');
    std::optional<Severity> worst;
    for (const PermissionRisk &row : risks) {
        if (std::ranges::none_of(row.patterns, [&](const QString &pattern) { return permissionCovers(pattern, permission); }))
            continue;
        worst = worst ? std::max(*worst, row.severity) : row.severity;
        if (!isWildcard || std::ranges::any_of(row.patterns, [&](const QString &pattern) { return coversAll(pattern, permission); }))
            break;
    }
    return worst;
}

AccessRuleFile shippedAccessRules()
{
    QFile file(QStringLiteral(":/orgtrace/policies/access.toml"));
    const bool isOpen = file.open(QIODevice::ReadOnly);
    return {QStringLiteral("access.toml (shipped)"), isOpen ? file.readAll() : QByteArray()};
}

Result<AccessRules> readAccessRules(const QList<AccessRuleFile> &files)
{
    RulesReader reader;
    for (const AccessRuleFile &file : files) {
        if (auto read = reader.add(file); !read)
            return std::unexpected(read.error());
    }
    return reader.take();
}

} // namespace Orgtrace::Policy
