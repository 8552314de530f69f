#include "search/searchwords.h"

#include "diff/displaytext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QCoreApplication>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int TitleLength = 90;

/// The line with what could steer the eye made visible, character for character, so that marks stay where they are.
QString harmless(QString line)
{
    for (QChar &c : line) {
        const bool steers = c.category() == QChar::Other_Control || c.category() == QChar::Other_Format
            || c.category() == QChar::Separator_Line || c.category() == QChar::Separator_Paragraph;
        if (steers) {
            c = u'␣';
        }
    }
    return line;
}

/// Where in its entity a line stands, where the line itself does not say it: "routingRules/0".
QString placeText(const Search::Hit &hit)
{
    const QString above = hit.pointer.section(u'/', 1, -2);
    return visibleText(above, 60);
}

class SearchWords
{
    Q_DECLARE_TR_FUNCTIONS(Orgtrace::Ui::SearchWords)
public:
    explicit SearchWords(const QHash<QString, QString> &titles) : m_titles(titles) { }

    void section(const QString &title, const QString &count)
    {
        SearchRow row;
        row.kind = SearchRow::Kind::Section;
        row.title = title;
        row.when = count;
        rows.append(row);
    }

    void note(const QString &sentence)
    {
        SearchRow row;
        row.title = sentence;
        rows.append(row);
    }

    void hits(const Search::Answer &answer, SearchRow::Kind kind)
    {
        for (qsizetype i = 0; i < answer.hits.size(); ++i) {
            const Search::Hit &hit = answer.hits.at(i);
            SearchRow row;
            row.kind = kind;
            row.index = static_cast<int>(i);
            row.chip = m_titles.value(hit.domain, hit.domain);
            row.title = hit.name.isEmpty() ? (hit.entity.isEmpty() ? row.chip : shortId(hit.entity)) : visibleText(hit.name, TitleLength);
            row.detail = harmless(hit.line);
            row.markStart = hit.markStart;
            row.markLength = hit.markLength;
            row.when = kind == SearchRow::Kind::Ever ? stayText(hit.stays) : placeText(hit);
            row.tip = tr("%1 %2, %3").arg(row.chip, hit.entity, hit.pointer.isEmpty() ? tr("its id") : hit.pointer.left(300));
            if (kind == SearchRow::Kind::Ever) {
                row.tip += u'\n' + stayTip(hit.stays);
            }
            rows.append(row);
        }
    }

    void events(const Search::AuditAnswer &answer)
    {
        for (qsizetype i = 0; i < answer.events.size(); ++i) {
            const Audit::Event &event = answer.events.at(i);
            SearchRow row;
            row.kind = SearchRow::Kind::Event;
            row.index = static_cast<int>(i);
            row.chip = event.service.isEmpty() ? tr("Audit") : event.service;
            row.title = event.userName.isEmpty() ? (event.userId.isEmpty() ? tr("nobody named") : shortId(event.userId))
                                                 : visibleText(event.userName, TitleLength);
            row.detail = tr("%1 %2 %3")
                             .arg(event.action, event.entityType,
                                  event.entityName.isEmpty() ? shortId(event.entityId) : visibleText(event.entityName, TitleLength));
            row.when = utcText(event.timeUtc);
            row.tip = utcAndLocalText(event.timeUtc);
            rows.append(row);
        }
    }

    QList<SearchRow> rows;

private:
    const QHash<QString, QString> &m_titles;
};

QString countOf(const Search::Answer &answer)
{
    return answer.isCut ? SearchWords::tr("%1 of %2").arg(countText(answer.hits.size()), countText(answer.found)) : countText(answer.found);
}

} // namespace

QString stayText(const QList<Search::Stay> &stays)
{
    if (stays.isEmpty()) {
        return {};
    }
    const Search::Stay &last = stays.constLast();
    const bool fromStart = last.before.snapshot.isEmpty();
    const bool isThere = last.ended.snapshot.isEmpty();
    QString text = fromStart && isThere ? SearchWords::tr("as long as is known")
        : isThere                       ? SearchWords::tr("since %1").arg(utcText(last.first.utc))
        : fromStart                     ? SearchWords::tr("until %1").arg(utcText(last.last.utc))
                                        : SearchWords::tr("%1 to %2").arg(utcText(last.first.utc).chopped(4), utcText(last.last.utc));
    if (last.beganByRules || last.endedByRules) {
        text += SearchWords::tr(" · rules changed");
    }
    if (stays.size() > 1) {
        text = SearchWords::tr("%1 times, last %2").arg(countText(stays.size()), text);
    }
    return text;
}

QString stayTip(const QList<Search::Stay> &stays)
{
    QStringList sentences;
    for (const auto some = stays.last(std::min<qsizetype>(stays.size(), 8)); const Search::Stay &stay : some) {
        const QString came = stay.before.snapshot.isEmpty()
            ? SearchWords::tr("There in the first snapshot that read it, %1").arg(utcText(stay.first.utc))
            : stay.beganByRules
            ? SearchWords::tr("Kept like this since %1, when the rules of the capture changed; it may have been there before")
                  .arg(utcText(stay.first.utc))
            : SearchWords::tr("Came between %1 and %2").arg(utcText(stay.before.utc), utcText(stay.first.utc));
        const QString went = stay.ended.snapshot.isEmpty() ? SearchWords::tr("still there on %1").arg(utcText(stay.last.utc))
            : stay.endedByRules ? SearchWords::tr("no longer kept like this from %1 on, when the rules changed; it may still be there")
                                      .arg(utcText(stay.ended.utc))
                                : SearchWords::tr("went between %1 and %2").arg(utcText(stay.last.utc), utcText(stay.ended.utc));
        sentences.append(SearchWords::tr("%1; %2.").arg(came, went));
    }
    return sentences.join(u'\n');
}

Search::Link linkOfHit(const Search::Hit &hit, bool wantsEnd)
{
    Search::Link link;
    link.domain = hit.domain;
    link.entity = hit.entity;
    link.hasEntity = true;
    link.pointer = hit.pointer;
    if (hit.stays.isEmpty()) {
        return link;
    }
    const Search::Stay &stay = hit.stays.constLast();
    const bool hasStart = !stay.before.snapshot.isEmpty();
    const bool hasEnd = !stay.ended.snapshot.isEmpty();
    if (hasEnd && (wantsEnd || !hasStart)) {
        link.from = stay.last.snapshot;
        link.snapshot = stay.ended.snapshot;
    } else if (hasStart) {
        link.from = stay.before.snapshot;
        link.snapshot = stay.first.snapshot;
    } else {
        link.snapshot = stay.last.snapshot;
    }
    return link;
}

QList<SearchRow> searchRows(const SearchState &state, const QHash<QString, QString> &domainTitles)
{
    SearchWords words(domainTitles);
    if (state.isEmpty()) {
        words.note(SearchWords::tr("Type what you look for: a name, an id, a permission, an address. It is looked for in B, in every "
                                   "snapshot there is, and in the audit events. "
                                   "domain:roles narrows it to a domain; a pasted orgtrace:// link leads to its place."));
        return words.rows;
    }
    if (state.mistake) {
        words.note(state.link ? errorText(*state.mistake)
                       : state.mistake->code == ErrorCode::BadInput || state.mistake->code == ErrorCode::TooLarge
                       ? SearchWords::tr("This cannot be looked for: %1.").arg(state.mistake->detail)
                       : errorText(*state.mistake));
        return words.rows;
    }
    if (state.link) {
        SearchRow row;
        row.kind = SearchRow::Kind::Link;
        row.title = SearchWords::tr("Go to the place of this link");
        row.chip = state.link->domain.isEmpty() ? SearchWords::tr("Snapshot") : domainTitles.value(state.link->domain, state.link->domain);
        row.detail = state.link->hasEntity ? visibleText(QString(state.link->entity + u' ' + state.link->pointer)) : state.link->snapshot;
        row.tip = SearchWords::tr("Press Enter");
        words.rows.append(row);
        return words.rows;
    }
    if (state.here && state.here->found > 0) {
        words.section(SearchWords::tr("In B · %1").arg(utcText(state.snapshotUtc)), countOf(*state.here));
        words.hits(*state.here, SearchRow::Kind::Here);
    }
    if (state.ever && state.ever->found > 0) {
        words.section(state.ever->snapshots == 1 ? SearchWords::tr("Over all history · one snapshot")
                                                 : SearchWords::tr("Over all history · %1 snapshots").arg(countText(state.ever->snapshots)),
                      countOf(*state.ever));
        words.hits(*state.ever, SearchRow::Kind::Ever);
    }
    if (state.audit && state.audit->found > 0) {
        words.section(SearchWords::tr("Audit events"),
                      state.audit->isCut()
                          ? SearchWords::tr("%1 of %2").arg(countText(state.audit->events.size()), countText(state.audit->found))
                          : countText(state.audit->found));
        words.events(*state.audit);
    }
    if (state.ever && !state.ever->unknownDomains.isEmpty()) {
        words.note(SearchWords::tr("No snapshot holds a domain “%1”.").arg(visibleText(state.ever->unknownDomains.join(u"”, “"_s), 100)));
    } else if (words.rows.isEmpty() && !state.isRunning) {
        QString sentence = state.ever
            ? SearchWords::tr("Nothing like that in the %1 texts of %2.")
                  .arg(countText(state.ever->texts),
                       state.ever->snapshots == 1 ? SearchWords::tr("one snapshot")
                                                  : SearchWords::tr("%1 snapshots").arg(countText(state.ever->snapshots)))
            : SearchWords::tr("There is no snapshot to look through yet.");
        if (state.audit) {
            sentence += u' '
                + (state.audit->fromUtc.isValid()
                       ? SearchWords::tr("Nor in %1 audit events, asked for between %2 and %3.")
                             .arg(countText(state.audit->searched), utcText(state.audit->fromUtc), utcText(state.audit->toUtc))
                       : SearchWords::tr("No audit events are kept, so nothing is known of them."));
        }
        sentence += u' ' + SearchWords::tr("Secrets are kept as fingerprints and cannot be found; raw payloads are not looked through.");
        words.note(sentence);
    }
    return words.rows;
}

} // namespace Orgtrace::Ui
