#include "changes/queryedit.h"

#include <QCoreApplication>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostChoices = 8;

QString sayOfKey(const QString &key)
{
    static const std::pair<QLatin1StringView, const char *> words[] = {
        {"severity"_L1, QT_TRANSLATE_NOOP("ChangeQuery", "how bad: >=high, low,medium")},
        {"domain"_L1, QT_TRANSLATE_NOOP("ChangeQuery", "kind of thing: roles, grants, org_*")},
        {"kind"_L1, QT_TRANSLATE_NOOP("ChangeQuery", "added, removed, modified, recreated")},
        {"path"_L1, QT_TRANSLATE_NOOP("ChangeQuery", "field: /permissions/*")},
        {"actor"_L1, QT_TRANSLATE_NOOP("ChangeQuery", "who saved last, or is in an audit event")},
        {"name"_L1, QT_TRANSLATE_NOOP("ChangeQuery", "name of the entity")},
        {"id"_L1, QT_TRANSLATE_NOOP("ChangeQuery", "id of the entity")},
    };
    const auto *const it = std::ranges::find(words, key, &std::pair<QLatin1StringView, const char *>::first);
    return it == std::end(words) ? QString() : QCoreApplication::translate("ChangeQuery", it->second);
}

/// A token taken apart: its key and the alternatives of its value, as they were written.
struct Taken {
    bool isNegated = false;
    QString key;
    QStringList values; ///< with quotes
    qsizetype valuesAt = 0; ///< in the token's source
};

Taken takeApart(const QString &source)
{
    Taken taken;
    qsizetype at = 0;
    if (source.size() > 1 && (source.front() == u'-' || source.front() == QChar(0x2212))) {
        taken.isNegated = true;
        at = 1;
    }
    const qsizetype colon = source.indexOf(u':', at);
    const QString key = colon > at ? source.sliced(at, colon - at).toCaseFolded() : QString();
    if (!queryKeys().contains(key)) {
        return taken;
    }
    taken.key = key;
    taken.valuesAt = colon + 1;
    QString value;
    bool isQuoted = false;
    for (const QChar c : QStringView(source).sliced(colon + 1)) {
        isQuoted = isQuoted != (c == u'"');
        if (c == u',' && !isQuoted) {
            taken.values.append(value);
            value.clear();
        } else {
            value += c;
        }
    }
    taken.values.append(value);
    return taken;
}

} // namespace

const QStringList &queryKeys()
{
    static const QStringList keys{u"severity"_s, u"domain"_s, u"kind"_s, u"path"_s, u"actor"_s, u"name"_s, u"id"_s};
    return keys;
}

QString queryExample(const QString &key)
{
    return key == "severity"_L1 ? u">=high"_s
        : key == "domain"_L1    ? u"roles"_s
        : key == "kind"_L1      ? u"added"_s
        : key == "path"_L1      ? u"/permissions/*"_s
        : key == "actor"_L1     ? u"unknown"_s
        : key == "name"_L1      ? u"\"Tier ?\""_s
                                : u"67fe*"_s;
}

QString queryQuoted(const QString &value)
{
    const bool isPlain = !value.isEmpty() && std::ranges::none_of(value, [](QChar c) { return c.isSpace() || u"\",*?="_s.contains(c); });
    if (isPlain) {
        return value;
    }
    QString quoted = value; // the language has no escape: a quote inside is any one character
    if (quoted.contains(u'"')) {
        return u'"' + quoted.split(u'"').join(u"\"?\""_s) + u'"';
    }
    return u'"' + quoted + u'"';
}

TermState queryTermState(const QString &text, const QString &key, const QString &value)
{
    for (const auto those = queryTokens(text); const QueryToken &token : those) {
        const Taken taken = takeApart(text.sliced(token.from, token.to - token.from));
        if (taken.key == key && taken.values.contains(value, Qt::CaseInsensitive)) {
            return taken.isNegated ? TermState::Unwanted : TermState::Wanted;
        }
    }
    return TermState::Absent;
}

QString queryToggled(const QString &text, const QString &key, const QString &value, bool isNegated)
{
    const QList<QueryToken> tokens = queryTokens(text);
    QStringList parts;
    bool isDone = false;
    for (const QueryToken &token : tokens) {
        const QString source = text.sliced(token.from, token.to - token.from);
        Taken taken = takeApart(source);
        if (isDone || taken.key != key) {
            parts.append(source);
            continue;
        }
        const auto rest = [&]() -> QString { return source.first(taken.valuesAt) + taken.values.join(u','); };
        if (const qsizetype at = taken.values.indexOf(value, 0, Qt::CaseInsensitive); at >= 0) {
            taken.values.removeAt(at);
            isDone = taken.isNegated == isNegated; // wanted instead of unwanted: taken away here, added further down
            if (!taken.values.isEmpty()) {
                parts.append(rest());
            }
            continue;
        }
        const bool isComparison
            = std::ranges::any_of(taken.values, [](const QString &one) { return !one.isEmpty() && u"<>≤≥"_s.contains(one.front()); });
        if (taken.isNegated == isNegated && !isComparison) {
            taken.values.removeAll(QString());
            taken.values.append(value);
            parts.append(rest());
            isDone = true;
        } else if (isComparison && taken.isNegated == isNegated) {
            // "at least medium" and one severity more would be two terms that exclude each other: the click says which one.
            parts.append(source.first(taken.valuesAt) + value);
            isDone = true;
        } else {
            parts.append(source);
        }
    }
    if (!isDone) {
        parts.append(QString((isNegated ? u"-"_s : QString()) + key + u':' + value));
    }
    return parts.join(u' ');
}

QueryCompletion completeQuery(const QString &text, qsizetype cursor, const QueryVocabulary &vocabulary)
{
    QueryCompletion completion;
    completion.from = cursor;
    completion.to = cursor;
    const QList<QueryToken> tokens = queryTokens(text);
    const auto token = std::ranges::find_if(tokens, [&](const QueryToken &one) { return one.from < cursor && cursor <= one.to; });
    if (token == tokens.end()) {
        return completion;
    }
    const QString source = text.sliced(token->from, token->to - token->from);
    const QString before = source.first(cursor - token->from);
    const Taken taken = takeApart(before);
    const auto offer = [&](const QString &choice, const QString &says) {
        if (completion.choices.size() < mostChoices) {
            completion.choices.append({choice, says});
        }
    };
    completion.to = token->to;
    if (taken.key.isEmpty()) {
        const qsizetype lead = before.size() > 1 && (before.front() == u'-' || before.front() == QChar(0x2212)) ? 1 : 0;
        const QString prefix = before.sliced(lead).toCaseFolded();
        completion.from = token->from + lead;
        if (!prefix.isEmpty() && !source.contains(u':') && !prefix.contains(u'"')) {
            for (const QString &key : queryKeys()) {
                if (key.startsWith(prefix)) {
                    offer(key + u':', sayOfKey(key));
                }
            }
        }
        return completion;
    }
    QString last = taken.values.constLast();
    completion.from = cursor - last.size();
    const qsizetype comma = source.indexOf(u',', cursor - token->from);
    completion.to = comma >= 0 ? token->from + comma : token->to;
    QString sign; // of a severity
    while (!last.isEmpty() && u"<>=≤≥"_s.contains(last.front())) {
        sign += last.front();
        last.remove(0, 1);
    }
    const QString typed = QString(last).remove(u'"').toCaseFolded();
    const auto offerIf = [&](const QString &value, const QString &says, const QString &also = {}) {
        const QString folded = value.toCaseFolded();
        if (folded != typed && (folded.contains(typed) || also.contains(typed, Qt::CaseInsensitive))) {
            offer(sign + (sign.isEmpty() || taken.key == "severity"_L1 ? value : queryQuoted(value)), says);
        }
    };
    if (taken.key == "severity"_L1) {
        if (last.isEmpty() && sign.isEmpty() && taken.values.size() == 1) {
            offer(u">=high"_s, QCoreApplication::translate("ChangeQuery", "high and critical"));
            offer(u">=medium"_s, QCoreApplication::translate("ChangeQuery", "medium and worse"));
        }
        for (const QString &name : {u"critical"_s, u"high"_s, u"medium"_s, u"low"_s}) {
            offerIf(name, {});
        }
    } else if (taken.key == "kind"_L1) {
        offerIf(u"added"_s, QCoreApplication::translate("ChangeQuery", "not there in A"));
        offerIf(u"removed"_s, QCoreApplication::translate("ChangeQuery", "not there in B"));
        offerIf(u"modified"_s, QCoreApplication::translate("ChangeQuery", "other settings"));
        offerIf(u"recreated"_s, QCoreApplication::translate("ChangeQuery", "removed and made again"));
    } else if (taken.key == "domain"_L1) {
        for (qsizetype i = 0; i < vocabulary.domains.size(); ++i) {
            offerIf(vocabulary.domains.at(i), vocabulary.domainTitles.value(i), vocabulary.domainTitles.value(i));
        }
    } else if (taken.key == "path"_L1) {
        for (const QString &path : vocabulary.paths) {
            offerIf(path, {});
        }
    } else if (taken.key == "actor"_L1) {
        for (const QString &actor : vocabulary.actors) {
            const QString quoted = queryQuoted(actor);
            if (actor.compare(typed, Qt::CaseInsensitive) != 0 && actor.contains(typed, Qt::CaseInsensitive)) {
                offer(sign + quoted, {});
            }
        }
        offerIf(u"unknown"_s, QCoreApplication::translate("ChangeQuery", "nobody is named"));
    }
    return completion;
}

} // namespace Orgtrace::Ui
