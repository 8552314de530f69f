#include "twosnapshots.h"

#include "base/digest.h"
#include "json/canonical.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

namespace {

[[noreturn]] void giveUp(const Error &error)
{
    qFatal("%s: %s", qPrintable(errorCodeName(error.code)), qPrintable(error.detail + u' ' + error.where));
}

template<typename T> T must(Result<T> result)
{
    if (!result)
        giveUp(result.error());
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

QByteArray canonical(const QByteArray &json)
{
    const Json::Document document = must(Json::parse(view(json)));
    return Json::canonicalText(document.root());
}

Signer signer()
{
    return must(Signer::fromSeed(std::string(32, 'c')));
}

} // namespace

TwoSnapshots::TwoSnapshots() = default;

void TwoSnapshots::put(const char *domain, const char *id, const QByteArray &before, const QByteArray &after)
{
    const QString name = QString::fromLatin1(domain);
    a.entities[name];
    b.entities[name];
    if (!before.isEmpty())
        a.entities[name].insert(QString::fromLatin1(id), before);
    if (!after.isEmpty())
        b.entities[name].insert(QString::fromLatin1(id), after);
}

LedgerRow &TwoSnapshots::row(Side &side, const char *domain)
{
    return side.rows[QString::fromLatin1(domain)];
}

QString TwoSnapshots::writeSide(const Side &side, int hours)
{
    setSchemaForTests(side.schema);
    SnapshotWriter writer = must(SnapshotWriter::begin(m_directory.filePath(QStringLiteral("store")), side.organisation, {}));
    Catalogue::Catalogue catalogue = must(Catalogue::Catalogue::builtIn());
    for (const auto &[domain, entities] : side.entities) {
        if (!catalogue.find(domain))
            catalogue.add(Catalogue::Catalogue::generic(domain));
    }
    for (const Catalogue::DomainRules &rules : side.rules)
        catalogue.add(rules);
    QStringList domains;
    for (const auto &[domain, entities] : side.entities)
        domains.append(domain);
    for (const auto &[domain, row] : side.rows) {
        if (!domains.contains(domain))
            domains.append(domain);
    }
    domains.sort();
    for (const QString &domain : std::as_const(domains)) {
        if (side.notAsked.contains(domain))
            continue;
        LedgerRow row;
        if (const auto given = side.rows.find(domain); given != side.rows.end())
            row = given->second;
        row.domain = domain;
        if (row.catalogueHash.isEmpty())
            row.catalogueHash = QString::fromLatin1(catalogue.find(domain)->hash());
        if (row.state != LedgerState::Complete) {
            must(writer.carryDomain(row));
            continue;
        }
        must(writer.beginDomain(domain, false));
        const auto entities = side.entities.find(domain);
        if (entities != side.entities.end()) {
            QStringList ids = entities->second.keys();
            ids.sort();
            for (const QString &id : std::as_const(ids)) {
                const QByteArray text = canonical(entities->second.value(id));
                QByteArray signal;
                if (const auto lines = side.signalLines.find(domain); lines != side.signalLines.end())
                    signal = lines->second.value(id);
                must(writer.addEntity(id, text, gitBlobId(view(text)), sha256(view(text)), signal));
            }
        }
        must(writer.endDomain(row));
    }
    Manifest manifest;
    manifest.captureId = QStringLiteral("test");
    manifest.organisationId = side.organisation;
    manifest.source = QStringLiteral("capture");
    manifest.startedUtc = QDateTime(QDate(2026, 10, 1), QTime(6, 0), QTimeZone::UTC).addSecs(3600 * hours);
    manifest.finishedUtc = manifest.startedUtc.addSecs(60);
    return must(writer.commit(manifest, catalogue.restrictedTo(domains).toJson(), QStringLiteral("test"), signer())).id;
}

void TwoSnapshots::write()
{
    const QString folder = m_directory.filePath(QStringLiteral("store"));
    (void)must(Store::init(folder, {QStringLiteral("writer"), signer().publicKeyLine(), {}, {}}));
    m_idA = writeSide(a, 0);
    m_idB = writeSide(b, 1);
    m_store.emplace(must(Store::open(folder)));
}

Snapshot TwoSnapshots::before() const
{
    return must(m_store->snapshot(m_idA));
}

Snapshot TwoSnapshots::after() const
{
    return must(m_store->snapshot(m_idB));
}

Result<Compare::SnapshotDifference> TwoSnapshots::compare(const Compare::Options &options)
{
    if (!m_store)
        write();
    return Compare::compareSnapshots(*m_store, before(), after(), options);
}

QStringList described(const Compare::SnapshotDifference &difference)
{
    QStringList lines;
    for (const Compare::EntityChange &change : difference.changes) {
        lines.append(Compare::changeKindName(change.kind) + u' ' + change.domain + u'/' + change.entity + u' ' + change.name
                     + (change.previousEntity.isEmpty() ? QString() : QString(QStringLiteral(" was ") + change.previousEntity)));
        for (const Compare::FieldChange &field : change.fields)
            lines.append(QStringLiteral("  ") + Compare::fieldKindName(field.kind) + u' ' + field.path);
    }
    for (const Compare::NotComparable &row : difference.notComparable)
        lines.append(QStringLiteral("not comparable ") + row.domain + (row.ids.isEmpty() ? QString() : QString(u' ' + row.ids.join(u',')))
                     + QStringLiteral(": ") + row.why);
    for (const auto &[what, count] : difference.suppressed)
        lines.append(QStringLiteral("left out ") + what + u' ' + QString::number(count));
    for (const QString &domain : difference.rulesChanged)
        lines.append(QStringLiteral("rules changed ") + domain);
    return lines;
}
