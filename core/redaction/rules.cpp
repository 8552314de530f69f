#include "redaction/rules.h"

#include "redaction/keywordscan.h"

#include <toml++/toml.hpp>

#include <algorithm>
#include <array>

namespace Orgtrace::Redaction {

namespace {

using Names = std::vector<std::string_view>;

std::unexpected<Error> mistake(const QString &what, std::string_view rule, const toml::source_region &where)
{
    const QString place = where.begin.line > 0 ? QStringLiteral("line %1").arg(where.begin.line) : QString();
    const QString name
        = rule.empty() ? QString() : QStringLiteral("rule %1: ").arg(QString::fromUtf8(rule.data(), static_cast<qsizetype>(rule.size())));
    return Error::make(ErrorCode::BadInput, name + what, place);
}

QString quoted(std::string_view text)
{
    return QLatin1Char('"') + QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())) + QLatin1Char('"');
}

Result<void> onlyKnownKeys(const toml::table &table, const Names &allowed, const Names &passedOver, std::string_view rule)
{
    for (const auto &[key, value] : table) {
        if (std::ranges::find(allowed, key.str()) != allowed.end() || std::ranges::find(passedOver, key.str()) != passedOver.end())
            continue;
        QStringList names;
        for (const std::string_view name : allowed)
            names.append(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())));
        return mistake(QStringLiteral("there is no key %1; keys are %2").arg(quoted(key.str()), names.join(QStringLiteral(", "))), rule,
                       key.source());
    }
    return {};
}

Result<std::unique_ptr<RE2>> pattern(std::string_view text, bool caseSensitive, std::string_view rule, const toml::node &where)
{
    auto regex = std::make_unique<RE2>(absl::string_view(text.data(), text.size()), patternOptions(caseSensitive));
    if (!regex->ok())
        return mistake(QStringLiteral("not a regular expression RE2 knows: %1").arg(QString::fromStdString(regex->error())), rule,
                       where.source());
    return regex;
}

/// A string, or an array of strings.
Result<std::vector<std::string>> strings(const toml::node *node, std::string_view key, std::string_view rule)
{
    std::vector<std::string> out;
    if (!node)
        return out;
    if (const auto text = node->value<std::string>(); text && node->is_string()) {
        out.push_back(*text);
        return out;
    }
    const auto *array = node->as_array();
    if (!array)
        return mistake(QStringLiteral("%1 is a string or an array of strings").arg(quoted(key)), rule, node->source());
    for (const auto &item : *array) {
        if (!item.is_string())
            return mistake(QStringLiteral("%1 holds strings only").arg(quoted(key)), rule, item.source());
        out.push_back(**item.as_string());
    }
    return out;
}

Result<std::string> idOf(const toml::table &table)
{
    const auto id = table["id"].value<std::string>();
    if (!id || id->empty())
        return mistake(QStringLiteral("a rule needs an \"id\""), {}, table.source());
    return *id;
}

Result<void> readContentRule(const toml::table &table, RuleSet &out)
{
    const auto id = idOf(table);
    if (!id)
        return std::unexpected(id.error());
    if (auto known = onlyKnownKeys(table, {"id", "description", "regex", "secretGroup", "keywords", "prefilter"},
                                   {"entropy", "tags", "path", "allowlist", "allowlists", "report", "skipReport"}, *id);
        !known)
        return known;
    const auto *regexNode = table.get("regex");
    if (!regexNode && table.contains("path"))
        return {}; // a gitleaks rule about file names
    if (!regexNode || !regexNode->is_string())
        return mistake(QStringLiteral("\"regex\" is missing"), *id, table.source());
    ContentRule rule;
    rule.id = *id;
    rule.pattern = **regexNode->as_string();
    auto regex = pattern(rule.pattern, true, *id, *regexNode);
    if (!regex)
        return std::unexpected(regex.error());
    rule.regex = std::move(*regex);
    if (const auto *group = table.get("secretGroup")) {
        const auto number = group->value<int64_t>();
        if (!number || *number < 0 || *number > rule.regex->NumberOfCapturingGroups())
            return mistake(QStringLiteral("\"secretGroup\" is no group of its regex"), *id, group->source());
        rule.group = static_cast<int>(*number);
    }
    auto keywords = strings(table.get("keywords"), "keywords", *id);
    if (!keywords)
        return std::unexpected(keywords.error());
    const bool plain = std::ranges::all_of(*keywords, [](const std::string &keyword) {
        return std::ranges::all_of(keyword, [](char c) { return c >= ' ' && c < 0x7F && c != '"' && c != '\\'; });
    });
    if (!plain)
        return mistake(QStringLiteral("keywords are printable ASCII without quotes and backslashes"), *id, table.get("keywords")->source());
    // A shorter keyword would not narrow the search: look at every text instead.
    if (std::ranges::all_of(*keywords, [](const std::string &keyword) { return keyword.size() >= KeywordScan::shortest; }))
        rule.keywords = std::move(*keywords);
    if (const auto *node = table.get("prefilter")) {
        if (!node->is_string() || rule.keywords.empty())
            return mistake(QStringLiteral("\"prefilter\" is a regex and needs keywords of three letters or more"), *id, node->source());
        auto prefilter = pattern(**node->as_string(), false, *id, *node);
        if (!prefilter)
            return std::unexpected(prefilter.error());
        rule.prefilter = std::move(*prefilter);
    }
    out.content.push_back(std::move(rule));
    return {};
}

Result<void> readFieldRule(const toml::table &table, RuleSet &out)
{
    const auto id = idOf(table);
    if (!id)
        return std::unexpected(id.error());
    if (auto known = onlyKnownKeys(table, {"id", "description", "regex", "except", "below"}, {}, *id); !known)
        return known;
    const auto *regexNode = table.get("regex");
    if (!regexNode || !regexNode->is_string())
        return mistake(QStringLiteral("\"regex\" over the member's name is missing"), *id, table.source());
    FieldRule rule;
    rule.id = *id;
    auto name = pattern(**regexNode->as_string(), false, *id, *regexNode);
    if (!name)
        return std::unexpected(name.error());
    rule.name = std::move(*name);
    const auto except = strings(table.get("except"), "except", *id);
    if (!except)
        return std::unexpected(except.error());
    for (const std::string &text : *except) {
        auto regex = pattern(text, false, *id, *table.get("except"));
        if (!regex)
            return std::unexpected(regex.error());
        rule.except.push_back(std::move(*regex));
    }
    if (const auto *below = table.get("below")) {
        if (!below->is_boolean())
            return mistake(QStringLiteral("\"below\" is true or false"), *id, below->source());
        rule.below = **below->as_boolean();
    }
    out.fields.push_back(std::move(rule));
    return {};
}

Result<void> readTables(const toml::table &root, const char *key, Result<void> (*read)(const toml::table &, RuleSet &), RuleSet &out)
{
    const auto *node = root.get(key);
    if (!node)
        return {};
    const auto *array = node->as_array();
    if (!array)
        return mistake(QStringLiteral("%1 is written as [[%2]]").arg(quoted(key), QString::fromLatin1(key)), {}, node->source());
    for (const auto &item : *array) {
        const auto *table = item.as_table();
        if (!table)
            return mistake(QStringLiteral("%1 is written as [[%2]]").arg(quoted(key), QString::fromLatin1(key)), {}, item.source());
        if (auto done = read(*table, out); !done)
            return done;
    }
    return {};
}

} // namespace

RE2::Options patternOptions(bool caseSensitive)
{
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_case_sensitive(caseSensitive);
    options.set_log_errors(false);
    return options;
}

Result<RuleSet> readRules(const QByteArray &text)
{
    toml::table root;
    try {
        root = toml::parse(std::string_view(text.constData(), static_cast<size_t>(text.size())));
    } catch (const toml::parse_error &error) {
        const std::string_view what = error.description();
        return mistake(QStringLiteral("not TOML: %1").arg(QString::fromUtf8(what.data(), static_cast<qsizetype>(what.size()))), {},
                       error.source());
    }
    RuleSet out;
    if (auto known
        = onlyKnownKeys(root, {"rules", "fields"}, {"title", "description", "allowlist", "allowlists", "extend", "minVersion"}, {});
        !known)
        return std::unexpected(known.error());
    if (auto done = readTables(root, "rules", readContentRule, out); !done)
        return std::unexpected(done.error());
    if (auto done = readTables(root, "fields", readFieldRule, out); !done)
        return std::unexpected(done.error());
    return out;
}

} // namespace Orgtrace::Redaction
