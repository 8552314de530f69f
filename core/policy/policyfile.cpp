#include "policy/policyfile.h"

#include "policy/tomltable.h"

#include "base/digest.h"

#include <toml++/toml.hpp>

#include <algorithm>

namespace Orgtrace::Policy {

namespace {

constexpr qsizetype MostPolicyBytes = 1024LL * 1024;
constexpr size_t MostRules = 2000;

Result<Rule> readRule(const toml::table &table, const QString &file)
{
    using Compare::ChangeKind;
    using Compare::FieldKind;
    static const QList<std::pair<QString, ChangeKind>> changeKinds{{QStringLiteral("added"), ChangeKind::Added},
                                                                   {QStringLiteral("removed"), ChangeKind::Removed},
                                                                   {QStringLiteral("modified"), ChangeKind::Modified}};
    static const QList<std::pair<QString, FieldKind>> fieldKinds{{QStringLiteral("added"), FieldKind::Added},
                                                                 {QStringLiteral("removed"), FieldKind::Removed},
                                                                 {QStringLiteral("modified"), FieldKind::Modified},
                                                                 {QStringLiteral("moved"), FieldKind::Moved},
                                                                 {QStringLiteral("type"), FieldKind::Type}};
    const QString name = tomlText(table["id"].value_or(std::string_view()));
    TomlTable reader(table, file, name.isEmpty() ? QStringLiteral("rule: ") : QStringLiteral("rule \"%1\": ").arg(name));
    Rule rule;
    rule.id = reader.needed("id");
    rule.title = reader.needed("title");
    const QString severity = reader.needed("severity");
    if (const auto known = severityFromName(severity))
        rule.severity = *known;
    else if (!severity.isEmpty())
        reader.fail(*table.get("severity"), QStringLiteral("there is no severity \"%1\"; use low, medium, high or critical").arg(severity));
    rule.domains = reader.strings("domains");
    if (!table.contains("domains"))
        reader.fail(QStringLiteral("domains is missing: add domains = [\"queues\"], or [\"*\"] for all"));
    rule.kinds = reader.words("kinds", changeKinds);
    for (const auto those = reader.strings("paths"); const QString &pattern : those)
        rule.paths.emplace_back(pattern);
    for (const auto these = reader.strings("except"); const QString &pattern : these)
        rule.except.emplace_back(pattern);
    rule.fieldKinds = reader.words("field-kinds", fieldKinds);
    rule.adminRole = reader.flag("admin-role");
    rule.adminHolder = reader.flag("admin-holder");
    rule.roleHolder = reader.flag("role-holder");
    rule.productionFlow = reader.flag("production-flow");
    rule.secret = reader.flag("secret");
    rule.recreated = reader.flag("recreated");
    if (auto error = reader.finish())
        return std::unexpected(*error);
    return rule;
}

Result<void> readMeanings(const toml::table &root, PolicyFile &out, TomlTable &top, const QString &file)
{
    const auto section = [&](const char *key) -> const toml::table * {
        const toml::node *node = top.take(key);
        if (node && !node->is_table())
            top.fail(*node, QStringLiteral("%1 must be a section: [%1]").arg(QLatin1StringView(key)));
        return node ? node->as_table() : nullptr;
    };
    (void)root;
    if (const toml::table *table = section("admin-roles")) {
        TomlTable reader(*table, file, QStringLiteral("[admin-roles]: "));
        reader.mayBeEmpty();
        out.adminNames = reader.strings("names");
        out.adminPermissions = reader.strings("permissions");
        for (const QString &permission : std::as_const(out.adminPermissions)) {
            if (permission.count(u':') != 2)
                reader.fail(*table->get("permissions"),
                            QStringLiteral("\"%1\" is no permission; write domain:entity:action").arg(permission));
        }
        if (auto error = reader.finish())
            return std::unexpected(*error);
    }
    if (const toml::table *table = section("production-flows")) {
        TomlTable reader(*table, file, QStringLiteral("[production-flows]: "));
        reader.mayBeEmpty();
        out.flowReferences = reader.strings("referenced-by");
        out.productionDivisions = reader.strings("divisions");
        if (auto error = reader.finish())
            return std::unexpected(*error);
    }
    return {};
}

Result<PolicyFile> readTables(const toml::table &root, const QString &file)
{
    PolicyFile out;
    TomlTable top(root, file, QString());
    if (const toml::node *version = top.take("version")) {
        const auto number = version->value_exact<int64_t>();
        if (number != 1)
            top.fail(*version, QStringLiteral("this version of Orgtrace reads version = 1"));
    } else {
        top.fail(QStringLiteral("version is missing: begin the file with version = 1"));
    }
    if (auto meanings = readMeanings(root, out, top, file); !meanings)
        return std::unexpected(meanings.error());
    const toml::node *rules = top.take("rule");
    const toml::array *list = rules ? rules->as_array() : nullptr;
    if (rules && !list)
        top.fail(*rules, QStringLiteral("rules are written [[rule]], with two brackets"));
    if (!rules)
        top.fail(QStringLiteral("there is no rule: add at least one [[rule]]"));
    if (list && list->size() > MostRules)
        top.fail(*rules, QStringLiteral("more than %1 rules").arg(MostRules));
    if (auto error = top.finish())
        return std::unexpected(*error);
    QHash<QString, qint64> lines;
    for (const toml::node &node : *list) {
        const toml::table *table = node.as_table();
        const QString where = file + u':' + QString::number(node.source().begin.line);
        if (!table)
            return Error::make(ErrorCode::BadInput, QStringLiteral("rules are written [[rule]], with two brackets"), where);
        Result<Rule> rule = readRule(*table, file);
        if (!rule)
            return std::unexpected(rule.error());
        if (lines.contains(rule->id)) {
            return Error::make(
                ErrorCode::BadInput,
                QStringLiteral("rule \"%1\" is there already, at line %2: give it another id").arg(rule->id).arg(lines.value(rule->id)),
                where);
        }
        lines.insert(rule->id, node.source().begin.line);
        out.rules.push_back(std::move(*rule));
    }
    std::ranges::stable_sort(out.rules, [](const Rule &left, const Rule &right) { return left.severity > right.severity; });
    return out;
}

} // namespace

Result<PolicyFile> readPolicyFile(const QByteArray &toml, const QString &fileName)
{
    if (toml.size() > MostPolicyBytes)
        return Error::make(ErrorCode::TooLarge, QStringLiteral("a policy file has at most 1 MB"), fileName);
    try {
        const toml::table root = toml::parse(view(toml), fileName.toStdString());
        return readTables(root, fileName);
    } catch (const toml::parse_error &error) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("this is no valid TOML: ") + tomlText(error.description()),
                           fileName + u':' + QString::number(error.source().begin.line));
    }
}

} // namespace Orgtrace::Policy
