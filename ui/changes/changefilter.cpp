#include "changes/changefilter.h"

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype longestFilter = 4096;
constexpr quint32 recreatedBit = 8;

/// Splits at blanks outside of double quotes; quotes are dropped. A quote that is never closed ends with the text.
QStringList words(const QString &text)
{
    QStringList found;
    QString word;
    bool isQuoted = false;
    bool isAny = false;
    for (const QChar c : text) {
        if (c == u'"') {
            isQuoted = !isQuoted;
            isAny = true;
        } else if (c.isSpace() && !isQuoted) {
            if (isAny) {
                found.append(word);
            }
            word.clear();
            isAny = false;
        } else {
            word += c;
            isAny = true;
        }
    }
    if (isAny) {
        found.append(word);
    }
    return found;
}

std::optional<quint32> severityBits(QString value)
{
    enum { Exact, AtLeast, Above, AtMost, Below } how = Exact;
    for (const auto &[sign, meaning] :
         {std::pair(u">="_s, AtLeast), {u"≥"_s, AtLeast}, {u"<="_s, AtMost}, {u"≤"_s, AtMost}, {u">"_s, Above}, {u"<"_s, Below}}) {
        if (value.startsWith(sign)) {
            how = meaning;
            value = value.sliced(sign.size());
            break;
        }
    }
    quint32 bits = 0;
    const QStringList names = value.split(u',');
    if (how != Exact && names.size() != 1) {
        return std::nullopt;
    }
    for (const QString &name : names) {
        const std::optional<Policy::Severity> severity = Policy::severityFromName(name.trimmed());
        if (!severity) {
            return std::nullopt;
        }
        const int at = static_cast<int>(*severity);
        for (int i = 0; i <= static_cast<int>(Policy::Severity::Critical); ++i) {
            const bool fits = how == Exact ? i == at : how == AtLeast ? i >= at : how == Above ? i > at : how == AtMost ? i <= at : i < at;
            bits |= fits ? 1U << i : 0U;
        }
    }
    return bits;
}

std::optional<quint32> kindBits(const QString &value)
{
    quint32 bits = 0;
    for (const auto those = value.split(u','); const QString &name : those) {
        if (name == "added"_L1) {
            bits |= 1U << static_cast<int>(Compare::ChangeKind::Added);
        } else if (name == "removed"_L1) {
            bits |= 1U << static_cast<int>(Compare::ChangeKind::Removed);
        } else if (name == "modified"_L1) {
            bits |= 1U << static_cast<int>(Compare::ChangeKind::Modified);
        } else if (name == "recreated"_L1) {
            bits |= recreatedBit;
        } else {
            return std::nullopt;
        }
    }
    return bits;
}

bool contains(const QString &text, const QString &folded)
{
    return text.contains(folded, Qt::CaseInsensitive);
}

bool hasPath(const Report::Finding &finding, const QString &text)
{
    const Compare::EntityChange &change = finding.judged.change;
    return std::ranges::any_of(
        change.fields, [&](const Compare::FieldChange &field) { return contains(field.path, text) || contains(field.pointer, text); });
}

bool hasActor(const Report::Finding &finding, const QString &text)
{
    return std::ranges::any_of(finding.events, [&](const Audit::Event &event) {
        return contains(event.userName, text) || contains(event.userId, text) || contains(event.clientId, text);
    });
}

bool hasWord(const Report::Finding &finding, const QString &domainTitle, const QString &text)
{
    const Compare::EntityChange &change = finding.judged.change;
    return contains(change.name, text) || contains(change.entity, text) || contains(change.domain, text) || contains(domainTitle, text)
        || contains(change.previousEntity, text) || contains(finding.judged.verdict.title, text)
        || contains(finding.judged.verdict.rule, text) || hasPath(finding, text) || hasActor(finding, text);
}

} // namespace

ChangeFilter ChangeFilter::parse(const QString &text)
{
    ChangeFilter filter;
    for (const auto those = words(text.first(std::min(text.size(), longestFilter))); const QString &raw : those) {
        QString word = raw;
        Term term;
        if (word.size() > 1 && word.startsWith(u'-')) {
            term.isNegated = true;
            word.remove(0, 1);
        }
        const qsizetype colon = word.indexOf(u':');
        const QString key = colon > 0 ? word.first(colon).toCaseFolded() : QString();
        const QString value = colon > 0 ? word.sliced(colon + 1).toCaseFolded() : QString();
        if (key == "severity"_L1 || key == "kind"_L1) {
            if (value.isEmpty()) {
                continue; // still being typed
            }
            const std::optional<quint32> bits = key == "severity"_L1 ? severityBits(value) : kindBits(value);
            if (!bits) {
                filter.m_mistakes.append(raw);
                continue;
            }
            term.key = key == "severity"_L1 ? Key::Severity : Key::Kind;
            term.bits = *bits;
        } else if (key == "domain"_L1 || key == "path"_L1 || key == "actor"_L1) {
            if (value.isEmpty()) {
                continue;
            }
            term.key = key == "domain"_L1 ? Key::Domain : key == "path"_L1 ? Key::Path : Key::Actor;
            term.text = value;
        } else {
            term.text = word.toCaseFolded();
            if (term.text.isEmpty()) {
                continue;
            }
        }
        filter.m_terms.append(term);
    }
    return filter;
}

bool ChangeFilter::matches(const Report::Finding &finding, const QString &domainTitle) const
{
    const Compare::EntityChange &change = finding.judged.change;
    for (const Term &term : m_terms) {
        bool holds = false;
        switch (term.key) {
        case Key::Word: holds = hasWord(finding, domainTitle, term.text); break;
        case Key::Severity: holds = (term.bits >> static_cast<int>(finding.judged.verdict.severity)) & 1U; break;
        case Key::Domain: holds = contains(change.domain, term.text) || contains(domainTitle, term.text); break;
        case Key::Path: holds = hasPath(finding, term.text); break;
        case Key::Actor: holds = hasActor(finding, term.text); break;
        case Key::Kind:
            holds = ((term.bits >> static_cast<int>(change.kind)) & 1U) || ((term.bits & recreatedBit) && !change.previousEntity.isEmpty());
            break;
        }
        if (holds == term.isNegated) {
            return false;
        }
    }
    return true;
}

} // namespace Orgtrace::Ui
