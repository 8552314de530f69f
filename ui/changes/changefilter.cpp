#include "changes/changefilter.h"

#include "changes/queryedit.h"

#include <QCoreApplication>
#include <QRegularExpression>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr quint32 recreatedBit = 8;
constexpr QChar anyCharacters(0xFDD0); // noncharacters: no text can hold them
constexpr QChar oneCharacter(0xFDD1);

QString say(const char *text)
{
    return QCoreApplication::translate("ChangeFilter", text);
}

std::optional<quint32> severityBits(QString value)
{
    enum { Exact, AtLeast, Above, AtMost, Below } how = Exact;
    for (const auto &[sign, meaning] : {std::pair(u">="_s, AtLeast),
                                        {u"≥"_s, AtLeast},
                                        {u"<="_s, AtMost},
                                        {u"≤"_s, AtMost},
                                        {u">"_s, Above},
                                        {u"<"_s, Below},
                                        {u"="_s, Exact}}) {
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
    for (const auto those = value.split(u','); const QString &written : those) {
        const QString name = written.startsWith(u'=') ? written.sliced(1) : written;
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

bool globFits(QStringView pattern, QStringView text)
{
    qsizetype p = 0;
    qsizetype t = 0;
    qsizetype star = -1;
    qsizetype restart = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern.at(p) == oneCharacter || (pattern.at(p) != anyCharacters && pattern.at(p) == text.at(t)))) {
            ++p;
            ++t;
        } else if (p < pattern.size() && pattern.at(p) == anyCharacters) {
            star = p++;
            restart = t;
        } else if (star >= 0) {
            p = star + 1;
            t = ++restart;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern.at(p) == anyCharacters) {
        ++p;
    }
    return p == pattern.size();
}

bool contains(const QString &text, const QString &folded)
{
    return text.contains(folded, Qt::CaseInsensitive);
}

template<typename Fits> bool anyPath(const Report::Finding &finding, Fits fits)
{
    const Compare::EntityChange &change = finding.judged.change;
    return std::ranges::any_of(change.fields, [&](const Compare::FieldChange &field) { return fits(field.path) || fits(field.pointer); });
}

template<typename Fits> bool anyActor(const Report::Finding &finding, const Actor &actor, Fits fits)
{
    return (actor.isKnown() && (fits(actor.name) || fits(actor.id))) || std::ranges::any_of(finding.events, [&](const Audit::Event &event) {
               return fits(event.userName) || fits(event.userId) || fits(event.clientId);
           });
}

bool hasWord(const Report::Finding &finding, const QString &domainTitle, const Actor &actor, const QString &text)
{
    const Compare::EntityChange &change = finding.judged.change;
    const auto has = [&](const QString &value) { return contains(value, text); };
    return has(change.name) || has(change.entity) || has(change.domain) || has(domainTitle) || has(change.previousEntity)
        || has(finding.judged.verdict.title) || has(finding.judged.verdict.rule) || anyPath(finding, has) || anyActor(finding, actor, has);
}

/// How many letters have to be changed; above 2 nobody asks.
int lettersApart(QStringView a, QStringView b)
{
    if (std::abs(a.size() - b.size()) > 2 || a.size() > 24) {
        return 3;
    }
    QList<int> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 1; i <= a.size(); ++i) {
        int corner = row.at(0);
        row[0] = static_cast<int>(i);
        for (qsizetype j = 1; j <= b.size(); ++j) {
            const int above = row.at(j);
            row[j] = std::min({row.at(j - 1) + 1, above + 1, corner + (a.at(i - 1) == b.at(j - 1) ? 0 : 1)});
            corner = above;
        }
    }
    return row.constLast();
}

QString nearest(const QString &written, const QStringList &those)
{
    QString best;
    int least = 3;
    for (const QString &one : those) {
        const int apart = lettersApart(written, one);
        if (apart < least) {
            least = apart;
            best = one;
        }
    }
    return best;
}

} // namespace

QList<QueryToken> queryTokens(const QString &text)
{
    QList<QueryToken> found;
    QueryToken token;
    bool isQuoted = false;
    bool isAny = false;
    const auto end = [&](qsizetype at) {
        if (isAny) {
            token.to = at;
            token.isOpen = isQuoted;
            found.append(token);
        }
        token = {};
        isAny = false;
    };
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text.at(i);
        if (c.isSpace() && !isQuoted) {
            end(i);
            continue;
        }
        if (!isAny) {
            token.from = i;
            isAny = true;
        }
        if (c == u'"') {
            isQuoted = !isQuoted;
        } else {
            token.text += c;
            token.isLiteral.append(isQuoted);
        }
    }
    end(text.size());
    return found;
}

bool ChangeFilter::Pattern::fits(const QString &value) const
{
    switch (how) {
    case How::Contains: return value.contains(text, Qt::CaseInsensitive);
    case How::Whole: return value.compare(text, Qt::CaseInsensitive) == 0;
    case How::Glob: return globFits(text, value.toCaseFolded());
    }
    return false;
}

/// Turns one token after the other into terms, mistakes and notes.
class FilterReader
{
public:
    ChangeFilter filter;

    /// @param before, after its neighbours; nullptr at the ends.
    void read(const QString &source, const QueryToken *before, const QueryToken &token, const QueryToken *after)
    {
        m_raw = rawOf(source, token);
        noteOperator(source, before, token, after);
        if (token.isOpen) {
            filter.m_notes.append(say("The quote in %1 is not closed; it reaches to the end.").arg(shown(m_raw)));
        }
        qsizetype at = 0;
        ChangeFilter::Term term;
        if (token.text.size() > 1 && !token.isLiteral.constFirst() && (token.text.front() == u'-' || token.text.front() == QChar(0x2212))) {
            term.isNegated = true;
            at = 1;
        }
        const qsizetype colon = token.text.indexOf(u':', at);
        const bool isKey = colon > at && !token.isLiteral.mid(at, colon - at + 1).contains(true);
        const QString name = isKey ? token.text.sliced(at, colon - at).toCaseFolded() : QString();
        const qsizetype place = queryKeys().indexOf(name);
        if (!isKey || place < 0) {
            term.text = token.text.sliced(at).toCaseFolded();
            if (const QString meant = isKey ? nearest(name, queryKeys()) : QString(); !meant.isEmpty()) {
                filter.m_notes.append(
                    say("%1 is looked for as a word; “%2:” is no key. Did you mean %3: ?").arg(shown(m_raw), name, meant));
            }
            const qsizetype sign = token.text.indexOf(QRegularExpression(u"[=<>]"_s), at);
            if (!isKey && sign > at && !token.isLiteral.mid(at, sign - at + 1).contains(true)
                && queryKeys().contains(token.text.sliced(at, sign - at).toCaseFolded())) {
                const QString key = token.text.first(sign);
                filter.m_notes.append(
                    say("%1 is looked for as a word. Did you mean %2 ?")
                        .arg(shown(m_raw), key + u':' + token.text.sliced(token.text.at(sign) == u'=' ? sign + 1 : sign)));
            }
            if (!term.text.isEmpty()) {
                filter.m_terms.append(term);
            } else {
                filter.m_notes.append(say("%1 says nothing, and filters nothing.").arg(shown(m_raw)));
            }
            return;
        }
        const QString value = token.text.sliced(colon + 1);
        if (value.isEmpty()) {
            filter.m_notes.append(say("%1: waits for a value, e.g. %2. Until then it filters nothing.").arg(name, queryExample(name)));
            return;
        }
        static constexpr ChangeFilter::Key keys[]
            = {ChangeFilter::Key::Severity, ChangeFilter::Key::Domain, ChangeFilter::Key::Kind, ChangeFilter::Key::Path,
               ChangeFilter::Key::Actor,    ChangeFilter::Key::Name,   ChangeFilter::Key::Id};
        term.key = keys[place];
        if (term.key == ChangeFilter::Key::Severity || term.key == ChangeFilter::Key::Kind) {
            readNames(term, value.toCaseFolded());
        } else {
            readPatterns(term, value, token.isLiteral.mid(colon + 1));
        }
    }

private:
    [[nodiscard]] static QString rawOf(const QString &source, const QueryToken &token)
    {
        return source.sliced(token.from, token.to - token.from);
    }

    /// The operators of other languages are words here. Who types one gets its cure, made of the terms beside it where that can be.
    void noteOperator(const QString &source, const QueryToken *before, const QueryToken &token, const QueryToken *after)
    {
        const QString &word = token.text;
        if (token.isLiteral.contains(true)) {
            return;
        }
        const auto is = [&word](QLatin1StringView name) { return word.compare(name, Qt::CaseInsensitive) == 0; };
        const bool isMark = word.size() > 1 && word.startsWith(u'!');
        if (is("not"_L1) || word == "!"_L1 || isMark) {
            const QString next = isMark ? QString(m_raw).remove(u'!') : after ? rawOf(source, *after) : u"domain:users"_s;
            filter.m_notes.append(say("%1 is looked for as a word. A leading - leaves out: did you mean %2 ?")
                                      .arg(shown(m_raw), shown(next.startsWith(u'-') ? next : QString(u'-' + next))));
        } else if (is("or"_L1) || word == "||"_L1 || word == "|"_L1) {
            const qsizetype colon = before ? before->text.indexOf(u':') : -1;
            const QString key = colon > 0 ? before->text.first(colon + 1) : QString();
            const bool isOneKey = !key.isEmpty() && after && after->text.size() > key.size()
                && after->text.startsWith(key, Qt::CaseInsensitive) && queryKeys().contains(key.chopped(1).toCaseFolded());
            filter.m_notes.append(
                isOneKey ? say("%1 is looked for as a word. A comma is or: did you mean %2 ?")
                               .arg(shown(m_raw), shown(rawOf(source, *before) + u',' + rawOf(source, *after).sliced(key.size())))
                         : say("%1 is looked for as a word. A comma between values of one key is or: domain:roles,grants. Between "
                               "words and different keys there is no or.")
                               .arg(shown(m_raw)));
        } else if (is("and"_L1) || word == "&&"_L1 || word == "&"_L1) {
            filter.m_notes.append(say("%1 is looked for as a word. All terms have to hold anyway: leave it out.").arg(shown(m_raw)));
        }
    }

    [[nodiscard]] static QString shown(const QString &raw)
    {
        return u"“"_s + (raw.size() > 40 ? QString(raw.first(39) + u'…') : raw) + u'”';
    }

    void readNames(ChangeFilter::Term term, QString value)
    {
        const bool isSeverity = term.key == ChangeFilter::Key::Severity;
        while (value.endsWith(u',')) {
            value.chop(1); // the next one is still being typed
        }
        const std::optional<quint32> bits = isSeverity ? severityBits(value) : kindBits(value);
        if (bits) {
            term.bits = *bits;
            filter.m_terms.append(term);
            return;
        }
        filter.m_mistakes.append(m_raw);
        const QStringList known = isSeverity ? QStringList{u"low"_s, u"medium"_s, u"high"_s, u"critical"_s}
                                             : QStringList{u"added"_s, u"removed"_s, u"modified"_s, u"recreated"_s};
        QString meant;
        for (const auto parts = value.split(u','); const QString &part : parts) {
            qsizetype from = 0;
            while (from < part.size() && u"<>=≤≥"_s.contains(part.at(from))) {
                ++from;
            }
            if (const QString one = part.sliced(from); !known.contains(one) && meant.isEmpty()) {
                meant = nearest(one, known);
            }
        }
        QString note = say("Not understood and left out: %1.").arg(shown(m_raw));
        if (!meant.isEmpty()) {
            note += u' ' + say("Did you mean %1?").arg(meant);
        }
        note += u' '
            + (isSeverity ? say("Severities are low, medium, high, critical; before a single one stands >=, >, <= or <.")
                          : say("Kinds are added, removed, modified, recreated."));
        filter.m_notes.append(note);
    }

    void readPatterns(ChangeFilter::Term term, const QString &value, const QList<bool> &isLiteral)
    {
        term.text = value.toCaseFolded();
        ChangeFilter::Pattern pattern;
        bool isFirst = true;
        const auto end = [&] {
            if (!pattern.text.isEmpty()) {
                pattern.text = pattern.text.toCaseFolded();
                term.isUnknownActor = term.isUnknownActor
                    || (term.key == ChangeFilter::Key::Actor && pattern.how != ChangeFilter::Pattern::How::Glob
                        && pattern.text == "unknown"_L1);
                term.any.append(pattern);
            }
            pattern = {};
            isFirst = true;
        };
        for (qsizetype i = 0; i < value.size(); ++i) {
            const QChar c = value.at(i);
            const bool isPlain = isLiteral.at(i);
            if (c == u',' && !isPlain) {
                end();
                continue;
            }
            if (c == u'=' && !isPlain && isFirst) {
                pattern.how = ChangeFilter::Pattern::How::Whole;
            } else if ((c == u'*' || c == u'?') && !isPlain && pattern.how != ChangeFilter::Pattern::How::Whole) {
                pattern.how = ChangeFilter::Pattern::How::Glob;
                pattern.text += c == u'*' ? anyCharacters : oneCharacter;
            } else if (c != anyCharacters && c != oneCharacter) {
                pattern.text += c;
            }
            isFirst = false;
        }
        end();
        if (term.any.isEmpty()) {
            filter.m_notes.append(say("%1 waits for a value. Until then it filters nothing.").arg(shown(m_raw)));
            return;
        }
        filter.m_terms.append(term);
    }

    QString m_raw;
};

ChangeFilter ChangeFilter::parse(const QString &text)
{
    FilterReader reader;
    const QString source = text.first(std::min(text.size(), LongestQuery));
    if (text.size() > LongestQuery) {
        reader.filter.m_notes.append(say("Only the first 4,096 characters are read."));
    }
    const QList<QueryToken> tokens = queryTokens(source);
    for (qsizetype i = 0; i < tokens.size(); ++i) {
        reader.read(source, i > 0 ? &tokens.at(i - 1) : nullptr, tokens.at(i), i + 1 < tokens.size() ? &tokens.at(i + 1) : nullptr);
    }
    return reader.filter;
}

bool ChangeFilter::asksForActors() const
{
    return std::ranges::any_of(m_terms, [](const Term &term) { return term.key == Key::Actor || term.key == Key::Word; });
}

namespace {

bool termHolds(const ChangeFilter::Term &term, const Report::Finding &finding, const QString &domainTitle, const Actor &actor)
{
    using Key = ChangeFilter::Key;
    const Compare::EntityChange &change = finding.judged.change;
    const auto fits
        = [&](const QString &value) { return std::ranges::any_of(term.any, [&](const auto &pattern) { return pattern.fits(value); }); };
    switch (term.key) {
    case Key::Word: return hasWord(finding, domainTitle, actor, term.text);
    case Key::Severity: return (term.bits >> static_cast<int>(finding.judged.verdict.severity)) & 1U;
    case Key::Domain: return fits(change.domain) || fits(domainTitle);
    case Key::Path: return anyPath(finding, fits);
    case Key::Actor: return (term.isUnknownActor && !actor.isKnown()) || anyActor(finding, actor, fits);
    case Key::Name: return fits(change.name);
    case Key::Id: return fits(change.entity) || (!change.previousEntity.isEmpty() && fits(change.previousEntity));
    case Key::Kind:
        return ((term.bits >> static_cast<int>(change.kind)) & 1U) || ((term.bits & recreatedBit) && !change.previousEntity.isEmpty());
    }
    return false;
}

} // namespace

quint32 ChangeFilter::failing(const Report::Finding &finding, const QString &domainTitle, const Actor &actor) const
{
    quint32 failed = 0;
    for (const Term &term : m_terms) {
        const quint32 bit = 1U << static_cast<int>(term.key);
        if (!(failed & bit) && termHolds(term, finding, domainTitle, actor) == term.isNegated) {
            failed |= bit;
            if (failed & (failed - 1)) {
                return failed; // two keys: it counts for none
            }
        }
    }
    return failed;
}

bool ChangeFilter::matches(const Report::Finding &finding, const QString &domainTitle, const Actor &actor) const
{
    return std::ranges::all_of(m_terms, [&](const Term &term) { return termHolds(term, finding, domainTitle, actor) != term.isNegated; });
}

} // namespace Orgtrace::Ui
