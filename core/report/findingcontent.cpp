#include "report/content.h"

#include "report/wording.h"

#include "json/canonical.h"

#include <QSet>

namespace Orgtrace::Report {

namespace {

constexpr qsizetype LegendAtMost = 6;
constexpr qsizetype LegendScan = 400; ///< strings of one value looked at for known ids
constexpr qsizetype PropertiesAtMost = 6;
constexpr qsizetype PropertyCharacters = 90;

/// One side of a field, ready to be cut: masked text with the lines of containers kept.
struct Side {
    bool there = false, container = false;
    QString text;
    QStringList ids; ///< known ids in it, in order
};

void collectIds(const Scene &scene, Json::Value value, QStringList &ids, qsizetype &budget)
{
    if (--budget < 0) {
        return;
    }
    if (value.isString()) {
        if (const QString id = value.toQString(); scene.keyOfId.contains(id) && !ids.contains(id)) {
            ids.append(id);
        }
    } else if (value.isArray()) {
        for (const Json::Value item : value.items()) {
            if (budget < 0) {
                return;
            }
            collectIds(scene, item, ids, budget);
        }
    } else if (value.isObject()) {
        for (const Json::Member member : value.members()) {
            if (budget < 0) {
                return;
            }
            collectIds(scene, member.value, ids, budget);
        }
    }
}

Side sideOf(const Scene &scene, const Compare::EntityChange &change, const Compare::FieldChange &field,
            const std::optional<QByteArray> &text)
{
    Side side;
    if (!text) {
        return side;
    }
    side.there = true;
    const Result<Json::Document> document = Json::parse(std::string_view(text->constData(), static_cast<size_t>(text->size())));
    if (!document) {
        side.text = scene.people.text(QString::fromUtf8(*text)); // not JSON, so no field to go by
        return side;
    }
    const Json::Value root = document->root();
    qsizetype budget = LegendScan;
    collectIds(scene, root, side.ids, budget);
    side.container = root.size() > 0 && (root.isArray() || root.isObject());
    const Json::Node masked = scene.people.value(change.domain, change.entity, field.path, root);
    QByteArray json = side.container ? masked.canonicalText() : masked.compactText();
    while (json.endsWith('\n')) {
        json.chop(1);
    }
    side.text = QString::fromUtf8(json);
    return side;
}

/// Head, changed middle and tail of two values that share enough to be worth marking.
struct Marks {
    qsizetype head = 0, tail = 0;
};

Marks marksOf(const QString &left, const QString &right)
{
    const qsizetype shorter = std::min(left.size(), right.size());
    Marks marks;
    while (marks.head < shorter && left[marks.head] == right[marks.head]) {
        ++marks.head;
    }
    if (marks.head > 0 && left[marks.head - 1].isHighSurrogate()) {
        --marks.head;
    }
    while (marks.tail < shorter - marks.head && left[left.size() - 1 - marks.tail] == right[right.size() - 1 - marks.tail]) {
        ++marks.tail;
    }
    if (marks.tail > 0 && left[left.size() - marks.tail].isLowSurrogate()) {
        --marks.tail;
    }
    const qsizetype longer = std::max(left.size(), right.size());
    return (marks.head + marks.tail) * 10 >= longer * 4 ? marks : Marks{};
}

QVariantHash cell(const QString &text, const Marks &marks, const QString &note, bool there)
{
    const qsizetype head = std::min(marks.head, text.size());
    const qsizetype tail = std::min(marks.tail, text.size() - head);
    return {{QStringLiteral("there"), there},
            {QStringLiteral("head"), visible(text.first(head), true)},
            {QStringLiteral("middle"), visible(text.mid(head, text.size() - head - tail), true)},
            {QStringLiteral("tail"), visible(text.last(tail), true)},
            {QStringLiteral("marked"), head + tail > 0},
            {QStringLiteral("note"), note}};
}

QString fieldWord(Compare::FieldKind kind)
{
    switch (kind) {
    case Compare::FieldKind::Added: return QStringLiteral("added");
    case Compare::FieldKind::Removed: return QStringLiteral("removed");
    case Compare::FieldKind::Type: return QStringLiteral("type only");
    case Compare::FieldKind::Moved: return QStringLiteral("moved");
    case Compare::FieldKind::Modified: break;
    }
    return QStringLiteral("changed");
}

/// Ids that the path names: between "=" and "," or "]".
void idsOfPath(const Scene &scene, const QString &path, QStringList &ids)
{
    qsizetype at = 0;
    while ((at = path.indexOf(u'=', at)) >= 0) {
        qsizetype end = ++at;
        while (end < path.size() && path[end] != u',' && path[end] != u']') {
            ++end;
        }
        if (const QString id = path.mid(at, end - at); scene.keyOfId.contains(id) && !ids.contains(id)) {
            ids.append(id);
        }
    }
}

QVariantHash fieldContent(const Scene &scene, const Compare::EntityChange &change, const Compare::FieldChange &field)
{
    const Side left = sideOf(scene, change, field, field.oldText);
    const Side right = sideOf(scene, change, field, field.newText);
    QString note;
    const bool both = left.there && right.there;
    if (both && left.text == right.text && field.oldText != field.newText && field.kind != Compare::FieldKind::Moved) {
        note = QStringLiteral("The values differ in what is masked here.");
    }
    if (field.kind == Compare::FieldKind::Moved && !field.movedFrom.isEmpty()) {
        note = QStringLiteral("moved from ") + scene.text(field.movedFrom);
    }
    // Two long values are cut where they start to differ, not before.
    Marks marks = both && !left.container && !right.container && left.text != right.text ? marksOf(left.text, right.text) : Marks{};
    const qsizetype skip = marks.head > 200 ? marks.head - 80 : 0;
    const Excerpt old = excerpt(left.text, skip), now = excerpt(right.text, skip);
    const bool cut = !old.note.isEmpty() || !now.note.isEmpty();
    if (cut) {
        marks = both && !left.container && !right.container && old.text != now.text ? marksOf(old.text, now.text) : Marks{};
        if (both && old.text == now.text && note.isEmpty()) {
            note = QStringLiteral("The values differ beyond what is shown.");
        }
    }
    QStringList ids;
    idsOfPath(scene, field.path, ids);
    for (const auto those = left.ids + right.ids; const QString &id : those) {
        if (!ids.contains(id)) {
            ids.append(id);
        }
    }
    QVariantList legend;
    for (const auto these = ids.first(std::min(ids.size(), LegendAtMost)); const QString &id : these) {
        legend.append(QVariantHash{{QStringLiteral("id"), visible(id)}, {QStringLiteral("name"), scene.nameOf(id)}});
    }
    return {{QStringLiteral("path"), scene.text(field.path.isEmpty() ? field.pointer : field.path)},
            {QStringLiteral("kind"), fieldWord(field.kind)},
            {QStringLiteral("old"), cell(old.text, marks, old.note, left.there)},
            {QStringLiteral("now"), cell(now.text, marks, now.note, right.there)},
            {QStringLiteral("note"), note},
            {QStringLiteral("legend"), legend},
            {QStringLiteral("legendMore"), ids.size() > LegendAtMost ? numberText(ids.size() - LegendAtMost) : QString()}};
}

QString shortValues(const Scene &scene, const Audit::Event &event, const QString &property, const QStringList &values)
{
    QStringList shown;
    for (const auto those = values.first(std::min<qsizetype>(values.size(), 4)); const QString &value : those) {
        const QString masked = scene.people.property(event.entityType, property, value);
        shown.append(masked.size() > PropertyCharacters
                         ? masked.first(masked[PropertyCharacters - 1].isHighSurrogate() ? PropertyCharacters - 1 : PropertyCharacters)
                             + u'…'
                         : masked);
    }
    if (values.size() > 4) {
        shown.append(QStringLiteral("%1 more").arg(numberText(values.size() - 4)));
    }
    return visible(shown.join(u", "));
}

QVariantHash eventContent(const Scene &scene, const Audit::Event &event)
{
    QString actor = scene.people.person(
        event.userId, event.userName.isEmpty() ? scene.input.names.value(QStringLiteral("users/") + event.userId) : event.userName);
    if (actor.isEmpty()) {
        actor = event.level == u"SYSTEM" || event.level == u"GENESYS_INTERNAL" ? QStringLiteral("the platform itself (%1)").arg(event.level)
                                                                               : QStringLiteral("not recorded");
    }
    QString client = QStringLiteral("not recorded");
    if (!event.clientId.isEmpty()) {
        const QString name = scene.nameOf(event.clientId);
        client = name.isEmpty() ? visible(event.clientId) : name;
    }
    QVariantList properties;
    for (const auto those = event.changes.first(std::min(event.changes.size(), PropertiesAtMost));
         const Audit::PropertyChange &change : those) {
        properties.append(QVariantHash{{QStringLiteral("name"), scene.text(change.property)},
                                       {QStringLiteral("old"), shortValues(scene, event, change.property, change.oldValues)},
                                       {QStringLiteral("now"), shortValues(scene, event, change.property, change.newValues)}});
    }
    return {{QStringLiteral("time"), utcShort(event.timeUtc)},
            {QStringLiteral("actor"), visible(actor)},
            {QStringLiteral("actorId"), visible(event.userId)},
            {QStringLiteral("action"), scene.text(event.action)},
            {QStringLiteral("on"), scene.text(event.service + QStringLiteral(" / ") + event.entityType)},
            {QStringLiteral("status"), event.status == u"SUCCESS" ? QString() : scene.text(event.status)},
            {QStringLiteral("ip"),
             event.remoteIps.isEmpty() ? QStringLiteral("not recorded")
                                       : visible(event.remoteIps.first(std::min<qsizetype>(event.remoteIps.size(), 4)).join(u", "))},
            {QStringLiteral("client"), client},
            {QStringLiteral("id"), visible(event.id)},
            {QStringLiteral("properties"), properties},
            {QStringLiteral("propertiesMore"),
             event.changes.size() > PropertiesAtMost ? numberText(event.changes.size() - PropertiesAtMost) : QString()}};
}

QVariantHash findingContent(const Scene &scene, const Finding &finding, qsizetype number)
{
    const Compare::EntityChange &change = finding.judged.change;
    const Policy::Verdict &verdict = finding.judged.verdict;

    QVariantList fields;
    for (const auto those = change.fields.first(std::min(change.fields.size(), FieldsAtMost)); const Compare::FieldChange &field : those) {
        fields.append(fieldContent(scene, change, field));
    }
    QVariantList events;
    for (const auto these = finding.events.first(std::min(finding.events.size(), EventsAtMost)); const Audit::Event &event : these) {
        events.append(eventContent(scene, event));
    }
    const TimeRange window = scene.windowOf(change.domain);
    const QString gaps = window.isEmpty() ? QStringLiteral("the times of the two captures are not recorded") : scene.auditGaps(window);
    const bool nothingQueried
        = !gaps.isEmpty() && (window.isEmpty() || notQueried(scene.input.auditWindows, window) == QList<TimeRange>{window});

    QString name = scene.people.entityName(change.domain, change.entity, change.name);
    if (name.isEmpty()) {
        name = change.entity.isEmpty() ? scene.input.domainTitles.value(change.domain, change.domain) : change.entity;
    }
    if (name.isEmpty()) {
        name = QStringLiteral("(without a name)");
    }
    QString whole;
    if (change.fields.isEmpty() && change.kind == Compare::ChangeKind::Added) {
        whole = QStringLiteral("Exists in B and not in A. Its settings are in the evidence of B.");
    } else if (change.fields.isEmpty() && change.kind == Compare::ChangeKind::Removed) {
        whole = QStringLiteral("Exists in A and not in B. Its last known settings are in the evidence of A.");
    }
    QString eventWord;
    if (!finding.events.isEmpty()) {
        eventWord = counted(finding.events.size(), QStringLiteral("event"), QStringLiteral("events"));
    } else {
        eventWord = gaps.isEmpty() ? QStringLiteral("none seen") : QStringLiteral("unknown");
    }
    return {
        {QStringLiteral("number"), QString::number(number)},
        {QStringLiteral("severity"), severityKey(verdict.severity)},
        {QStringLiteral("severityWord"), severityWord(verdict.severity)},
        {QStringLiteral("title"), scene.text(verdict.title)},
        {QStringLiteral("rule"), visible(verdict.rule)},
        {QStringLiteral("ruleField"), scene.text(verdict.field)},
        {QStringLiteral("name"), visible(name)},
        {QStringLiteral("domain"), scene.domainTitle(change.domain)},
        {QStringLiteral("domainKey"), visible(change.domain)},
        {QStringLiteral("id"), visible(change.entity)},
        {QStringLiteral("change"), changeWord(change)},
        {QStringLiteral("previous"), visible(change.previousEntity)},
        {QStringLiteral("whole"), whole},
        {QStringLiteral("fields"), fields},
        {QStringLiteral("fieldsMore"), change.fields.size() > FieldsAtMost ? numberText(change.fields.size() - FieldsAtMost) : QString()},
        {QStringLiteral("typeOnly"),
         change.typeOnly > 0 ? counted(change.typeOnly, QStringLiteral("difference"), QStringLiteral("differences")) : QString()},
        {QStringLiteral("events"), events},
        {QStringLiteral("eventsMore"), finding.events.size() > EventsAtMost ? numberText(finding.events.size() - EventsAtMost) : QString()},
        {QStringLiteral("eventWord"), eventWord},
        {QStringLiteral("gaps"), gaps},
        {QStringLiteral("nothingQueried"), nothingQueried},
        {QStringLiteral("windowFrom"), utcShort(window.fromUtc)},
        {QStringLiteral("windowTo"), utcShort(window.toUtc)}};
}

} // namespace

QVariantHash findingsContent(const Scene &scene)
{
    const QList<Finding> &all = scene.input.findings;
    QVariantList tiles, groups;
    qsizetype number = 0;
    for (const Policy::Severity severity :
         {Policy::Severity::Critical, Policy::Severity::High, Policy::Severity::Medium, Policy::Severity::Low}) {
        qsizetype count = 0;
        QVariantList findings;
        for (const Finding &finding : all) {
            if (finding.judged.verdict.severity != severity) {
                continue;
            }
            ++count;
            if (number < FindingsAtMost) {
                findings.append(findingContent(scene, finding, ++number));
            }
        }
        tiles.append(QVariantHash{{QStringLiteral("severity"), severityKey(severity)},
                                  {QStringLiteral("word"), severityWord(severity)},
                                  {QStringLiteral("count"), numberText(count)},
                                  {QStringLiteral("some"), count > 0}});
        if (!findings.isEmpty()) {
            groups.append(QVariantHash{{QStringLiteral("severity"), severityKey(severity)},
                                       {QStringLiteral("word"), severityWord(severity)},
                                       {QStringLiteral("count"), counted(count, QStringLiteral("finding"), QStringLiteral("findings"))},
                                       {QStringLiteral("findings"), findings}});
        }
    }
    return {{QStringLiteral("tiles"), tiles},
            {QStringLiteral("groups"), groups},
            {QStringLiteral("findingCount"), counted(all.size(), QStringLiteral("finding"), QStringLiteral("findings"))},
            {QStringLiteral("findingsMore"), all.size() > FindingsAtMost ? numberText(all.size() - FindingsAtMost) : QString()}};
}

} // namespace Orgtrace::Report
