#include "report/content.h"

#include "report/wording.h"

namespace Orgtrace::Report {

namespace {

constexpr qsizetype ListedGaps = 6;

const Evidence::LedgerRow *rowOf(const QList<Evidence::LedgerRow> &rows, const QString &domain)
{
    const auto found = std::ranges::find(rows, domain, &Evidence::LedgerRow::domain);
    return found == rows.end() ? nullptr : &*found;
}

QVariantHash snapshotContent(const Scene &scene, const Evidence::SnapshotSummary &snapshot)
{
    return {{QStringLiteral("time"), utcText(snapshot.observedUtc)},
            {QStringLiteral("id"), visible(snapshot.id)},
            {QStringLiteral("short"), visible(snapshot.id.left(12))},
            {QStringLiteral("entities"), numberText(snapshot.entities)},
            {QStringLiteral("domains"), QStringLiteral("%1 of %2").arg(snapshot.domainsComplete).arg(snapshot.domainsTotal)},
            {QStringLiteral("source"), scene.text(snapshot.source.isEmpty() ? QStringLiteral("capture") : snapshot.source)},
            {QStringLiteral("writer"), snapshot.writerId.isEmpty() ? QStringLiteral("not recorded") : scene.text(snapshot.writerId)}};
}

QVariantHash verifyContent(const Scene &scene)
{
    // Ids come from a store: only what cannot be anything but an id goes into a line that people paste into a shell.
    const auto safe = [](const QString &id, const QString &otherwise) { return isHexId(id) ? id : otherwise; };
    const QString a = safe(scene.input.difference.from.id, QStringLiteral("SNAPSHOT_A"));
    const QString b = safe(scene.input.difference.to.id, QStringLiteral("SNAPSHOT_B"));
    const QString git = QStringLiteral("git -C \"$STORE/evidence.git\" ");
    const QVariantList commands{
        QVariantHash{{QStringLiteral("what"), QStringLiteral("Name the store once")},
                     {QStringLiteral("line"), QStringLiteral("STORE=/path/to/the/store")}},
        QVariantHash{{QStringLiteral("what"), QStringLiteral("Every object is intact")},
                     {QStringLiteral("line"), QString(git + QStringLiteral("fsck --full"))}},
        QVariantHash{{QStringLiteral("what"), QStringLiteral("A is signed by a key the store allows")},
                     {QStringLiteral("line"),
                      QString(git + QStringLiteral("-c gpg.ssh.allowedSignersFile=\"$STORE/allowed_signers\" verify-commit ") + a)}},
        QVariantHash{{QStringLiteral("what"), QStringLiteral("B is signed by a key the store allows")},
                     {QStringLiteral("line"),
                      QString(git + QStringLiteral("-c gpg.ssh.allowedSignersFile=\"$STORE/allowed_signers\" verify-commit ") + b)}},
        QVariantHash{{QStringLiteral("what"), QStringLiteral("What differs, setting by setting")},
                     {QStringLiteral("line"), QString(git + QStringLiteral("diff ") + a + u' ' + b + QStringLiteral(" -- domains"))}},
        QVariantHash{{QStringLiteral("what"), QStringLiteral("The coverage ledger of B")},
                     {QStringLiteral("line"), QString(git + QStringLiteral("show ") + b + QStringLiteral(":manifest.json"))}},
        QVariantHash{{QStringLiteral("what"), QStringLiteral("The whole chain, offline: hashes, signatures, manifest roots")},
                     {QStringLiteral("line"), QString(QStringLiteral("orgtracectl verify --store \"$STORE\""))}},
    };
    return {{QStringLiteral("commands"), commands}, {QStringLiteral("signer"), visible(scene.input.signerFingerprint)}};
}

} // namespace

Scene::Scene(const Input &from) : input(from), people(from.redactPersonal, from.organisationId, from.names)
{
    range = {from.difference.from.observedUtc, from.difference.to.observedUtc};
    for (const Evidence::LedgerRow &row : from.coverageA) {
        if (const QDateTime first = row.firstRequestUtc.addMSecs(row.clockOffsetMs);
            row.firstRequestUtc.isValid() && (first < range.fromUtc || !range.fromUtc.isValid())) {
            range.fromUtc = first;
        }
    }
    for (const Evidence::LedgerRow &row : from.coverageB) {
        if (const QDateTime last = row.lastResponseUtc.addMSecs(row.clockOffsetMs);
            row.lastResponseUtc.isValid() && (last > range.toUtc || !range.toUtc.isValid())) {
            range.toUtc = last;
        }
    }
    QStringList keys = from.names.keys();
    keys.sort(); // one id in two domains: always the same name
    for (const QString &key : std::as_const(keys)) {
        if (const qsizetype slash = key.indexOf(u'/'); slash > 0 && slash + 1 < key.size() && !keyOfId.contains(key.mid(slash + 1))) {
            keyOfId.insert(key.mid(slash + 1), key);
        }
    }
}

QString Scene::domainTitle(const QString &domain) const
{
    return visible(input.domainTitles.value(domain, domain));
}

QString Scene::text(const QString &text) const
{
    return visible(people.text(text));
}

QString Scene::nameOf(const QString &id) const
{
    const QString key = keyOfId.value(id);
    return key.isEmpty() ? QString() : visible(people.entityName(key.section(u'/', 0, 0), id, input.names.value(key)));
}

const Evidence::LedgerRow *Scene::rowA(const QString &domain) const
{
    return rowOf(input.coverageA, domain);
}

const Evidence::LedgerRow *Scene::rowB(const QString &domain) const
{
    return rowOf(input.coverageB, domain);
}

TimeRange Scene::windowOf(const QString &domain) const
{
    return changeWindow(rowA(domain), rowB(domain), input.difference.from.observedUtc, input.difference.to.observedUtc);
}

QString Scene::auditGaps(const TimeRange &window) const
{
    const QList<TimeRange> gaps = notQueried(input.auditWindows, window);
    if (gaps.isEmpty()) {
        return {};
    }
    QStringList parts;
    for (const auto those = gaps.first(std::min(gaps.size(), ListedGaps)); const TimeRange &gap : those) {
        parts.append(
            QStringLiteral("%1 to %2 UTC (%3)").arg(utcShort(gap.fromUtc), utcShort(gap.toUtc), durationText(gap.fromUtc, gap.toUtc)));
    }
    if (gaps.size() > ListedGaps) {
        parts.append(counted(gaps.size() - ListedGaps, QStringLiteral("more gap"), QStringLiteral("more gaps")));
    }
    QString said = parts.join(u"; ");
    if (const QStringList services = servicesCovering(input.auditWindows, window); !services.isEmpty()) {
        said += QStringLiteral(". Queried throughout were only the services ") + visible(services.join(u", "));
    }
    return said;
}

QVariantHash reportContent(const Input &input)
{
    const Scene scene(input);
    QVariantHash content{
        {QStringLiteral("organisation"), scene.text(input.organisationName.isEmpty() ? input.organisationId : input.organisationName)},
        {QStringLiteral("organisationId"), visible(input.organisationId)},
        {QStringLiteral("region"), visible(input.region)},
        {QStringLiteral("a"), snapshotContent(scene, input.difference.from)},
        {QStringLiteral("b"), snapshotContent(scene, input.difference.to)},
        {QStringLiteral("span"), durationText(input.difference.from.observedUtc, input.difference.to.observedUtc)},
        {QStringLiteral("policy"), visible(input.policyName)},
        {QStringLiteral("tool"), visible(input.toolVersion)},
        {QStringLiteral("generated"), utcText(input.generatedUtc)},
        {QStringLiteral("redacted"), input.redactPersonal},
        {QStringLiteral("verify"), verifyContent(scene)},
    };
    content.insert(coverageContent(scene));
    content.insert(findingsContent(scene));
    return content;
}

} // namespace Orgtrace::Report
