#include "access/accessfilter.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

struct FilterKey {
    QLatin1StringView name;
    AccessFilter::Key key;
    const char *says;
};
constexpr std::array<FilterKey, 5> filterKeys{{
    {"role"_L1, AccessFilter::Key::Role, QT_TRANSLATE_NOOP("Access", "a role's name")},
    {"through"_L1, AccessFilter::Key::Through, QT_TRANSLATE_NOOP("Access", "a group, a team, or direct")},
    {"division"_L1, AccessFilter::Key::Division, QT_TRANSLATE_NOOP("Access", "where it is held")},
    {"how"_L1, AccessFilter::Key::How, QT_TRANSLATE_NOOP("Access", "direct, group, conditional …")},
    {"risk"_L1, AccessFilter::Key::Risk, QT_TRANSLATE_NOOP("Access", "high")},
}};

/// Start of the term that the position lies in: blanks inside quotes do not part terms.
qsizetype termStart(const QString &text, qsizetype at)
{
    qsizetype start = 0;
    bool isQuoted = false;
    for (qsizetype i = 0; i < at; ++i) {
        if (text.at(i) == u'"') {
            isQuoted = !isQuoted;
        } else if (!isQuoted && text.at(i).isSpace()) {
            start = i + 1;
        }
    }
    return start;
}

QStringList termsOf(const QString &text)
{
    QStringList out;
    QString term;
    bool isQuoted = false;
    for (const QChar c : text) {
        isQuoted = c == u'"' ? !isQuoted : isQuoted;
        if (!isQuoted && c.isSpace()) {
            out.append(term);
            term.clear();
        } else {
            term.append(c);
        }
    }
    out.append(term);
    out.removeAll(QString());
    return out;
}

QStringList valuesOf(const QString &text)
{
    QStringList out;
    QString value;
    bool isQuoted = false;
    for (const QChar c : text) {
        if (c == u'"') {
            isQuoted = !isQuoted;
        } else if (c == u',' && !isQuoted) {
            out.append(value);
            value.clear();
        } else {
            value.append(c);
        }
    }
    out.append(value);
    out.removeAll(QString());
    return out;
}

} // namespace

AccessFilter::AccessFilter(const QString &text)
{
    for (const QStringList terms = termsOf(text); QString term : terms) {
        Term read;
        if (term.size() > 1 && term.startsWith(u'-')) {
            read.isNegated = true;
            term.removeFirst();
        }
        for (const FilterKey &known : filterKeys) {
            if (term.startsWith(known.name + u':', Qt::CaseInsensitive)) {
                read.key = known.key;
                read.values = valuesOf(term.sliced(known.name.size() + 1));
                break;
            }
        }
        if (read.key == Key::Any) {
            read.values = {term.remove(u'"')};
        }
        if (!read.values.isEmpty() && read.values != QStringList{u"*"_s} && read.values != QStringList{QString()}) {
            m_terms.append(read); // a key still without a value hides nothing
        }
    }
}

bool AccessFilter::matches(const std::function<bool(Key, const QString &)> &fits) const
{
    return std::ranges::all_of(m_terms, [&](const Term &term) {
        return std::ranges::any_of(term.values, [&](const QString &value) { return fits(term.key, value); }) != term.isNegated;
    });
}

bool AccessFilter::matchesName(const QString &name) const
{
    return std::ranges::all_of(m_terms, [&](const Term &term) {
        return term.key != Key::Any
            || std::ranges::any_of(term.values, [&](const QString &value) { return name.contains(value, Qt::CaseInsensitive); })
            != term.isNegated;
    });
}

QueryCompletion completeAccessFilter(const QString &text, qsizetype cursor, const AccessVocabulary &vocabulary)
{
    constexpr qsizetype most = 8;
    QueryCompletion out;
    qsizetype from = termStart(text, cursor);
    if (from < cursor && text.at(from) == u'-') {
        ++from;
    }
    const QString typed = text.sliced(from, cursor - from);
    out.from = from;
    out.to = cursor;
    if (typed.isEmpty()) {
        return out;
    }
    const auto offer = [&](const QStringList &values, const QString &begun) {
        QString wanted = begun;
        wanted.remove(u'"');
        for (const QString &value : values) {
            if (out.choices.size() < most && !value.isEmpty() && value.contains(wanted, Qt::CaseInsensitive)
                && value.compare(wanted, Qt::CaseInsensitive) != 0) {
                const bool isQuoted = value.contains(u' ') || value.contains(u',') || value.contains(u'"');
                out.choices.append({isQuoted ? QString(u'"' + QString(value).remove(u'"') + u'"') : value, {}});
            }
        }
    };
    for (const FilterKey &known : filterKeys) {
        const QString front = known.name + u':';
        if (!typed.startsWith(front, Qt::CaseInsensitive)) {
            continue;
        }
        const qsizetype comma = typed.lastIndexOf(u',');
        const qsizetype start = std::max(front.size(), comma + 1);
        out.from = from + start;
        const QString begun = typed.sliced(start);
        switch (known.key) {
        case AccessFilter::Key::Role: offer(vocabulary.roles, begun); break;
        case AccessFilter::Key::Through: offer(QStringList{u"direct"_s} + vocabulary.containers, begun); break;
        case AccessFilter::Key::Division: offer(vocabulary.divisions, begun); break;
        case AccessFilter::Key::How:
            offer({u"direct"_s, u"group"_s, u"team"_s, u"default"_s, u"conditional"_s, u"denied"_s, u"gained"_s, u"lost"_s}, begun);
            break;
        case AccessFilter::Key::Risk: offer({u"high"_s}, begun); break;
        case AccessFilter::Key::Any: break;
        }
        return out;
    }
    for (const FilterKey &known : filterKeys) {
        if (known.name.startsWith(typed, Qt::CaseInsensitive)) {
            out.choices.append({known.name + u':', QCoreApplication::translate("Access", known.says)});
        }
    }
    offer(vocabulary.domains, typed);
    return out;
}

} // namespace Orgtrace::Ui
