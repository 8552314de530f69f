#include "compare/suppressed.h"

#include "base/digest.h"
#include "compare/comparer.h"

#include <QSet>

#include <utility>

namespace Orgtrace::Compare {

SuppressedReader::SuppressedReader(const Evidence::Snapshot &a, const Evidence::Snapshot &b, const SnapshotDifference &difference,
                                   Options options) : m_a(a), m_b(b), m_difference(difference), m_options(std::move(options))
{
    m_options.keepSuppressed = true;
}

Result<void> SuppressedReader::enter(const QString &domain)
{
    if (!m_catalogueA) {
        for (const bool isNew : {false, true}) {
            Result<Catalogue::Catalogue> read = Catalogue::Catalogue::fromJson((isNew ? m_b : m_a).catalogueJson());
            if (!read)
                return Error::make(ErrorCode::Integrity, QStringLiteral("catalogue.json cannot be read: ") + read.error().detail,
                                   (isNew ? m_b : m_a).summary().id);
            (isNew ? m_catalogueB : m_catalogueA) = std::move(*read);
        }
    }
    if (m_domain == domain && !domain.isEmpty())
        return {};
    m_domain.clear();
    Coverage coverage = coverageOf(m_a.manifest(), *m_catalogueA, m_b.manifest(), *m_catalogueB, {domain});
    m_coverage.reset();
    if (const auto found = coverage.domains.find(domain); found != coverage.domains.end())
        m_coverage = std::move(found->second);
    Result<QHash<QString, QByteArray>> before = m_a.signals_(domain), after = m_b.signals_(domain);
    if (!before || !after)
        return std::unexpected(before ? after.error() : before.error());
    m_signalsA = std::move(*before);
    m_signalsB = std::move(*after);
    m_changes.clear();
    for (qsizetype i = 0; i < m_difference.changes.size(); ++i) {
        if (m_difference.changes.at(i).domain == domain)
            m_changes.insert(m_difference.changes.at(i).entity, i);
    }
    m_domain = domain;
    return {};
}

Result<Json::Document> SuppressedReader::load(const Evidence::Snapshot &side, const QString &entity) const
{
    const Result<QByteArray> text = side.entityText(m_domain, entity);
    if (!text)
        return text.error().code == ErrorCode::NotFound ? Result<Json::Document>(Json::Document()) : std::unexpected(text.error());
    Result<Json::Document> document = Json::parse(view(*text), StoredLimits);
    if (!document && (document.error().code == ErrorCode::MalformedJson || document.error().code == ErrorCode::TooLarge))
        return Json::Document(); // listed as not comparable
    return document;
}

Result<QList<SuppressedField>> SuppressedReader::of(const QString &domain, const QString &entity)
{
    if (auto entered = enter(domain); !entered)
        return std::unexpected(entered.error());
    QList<SuppressedField> out;
    if (!m_coverage || m_coverage->unseen.contains(entity))
        return out;
    const qsizetype at = m_changes.value(entity, -1);
    const EntityChange *change = at < 0 ? nullptr : &m_difference.changes.at(at);
    const QString oldId = change && !change->previousEntity.isEmpty() ? change->previousEntity : entity;
    const Result<Json::Document> before = load(m_a, oldId), after = load(m_b, entity);
    if (!before || !after)
        return std::unexpected(before ? after.error() : before.error());
    if (before->root().isMissing() || after->root().isMissing())
        return out;

    Options exact;
    exact.exact = true;
    const QByteArray signalBefore = m_signalsA.value(oldId, "{}"), signalAfter = m_signalsB.value(entity, "{}");
    if (signalBefore != signalAfter && !m_coverage->rulesDiffer) {
        const Result<Json::Document> old = Json::parse(view(signalBefore), StoredLimits),
                                     now = Json::parse(view(signalAfter), StoredLimits);
        if (!old || !now)
            return std::unexpected(old ? now.error() : old.error());
        const ValueDifference difference = Comparer({}, exact).compareWithout(old->root(), now->root(), "id");
        for (const FieldChange &field : difference.fields)
            out.append({Reason::Signals, field});
    }

    const DomainCoverage &coverage = *m_coverage;
    const auto compared = [&](Comparer comparer) {
        if (!coverage.unseenRows.isEmpty())
            comparer.skipRows({coverage.rulesB.sub.into.toStdString(), coverage.rulesB.sub.parentKey.toStdString(), coverage.unseenRows});
        return comparer.compareWithout(before->root(), after->root(),
                                       oldId == entity ? std::string() : coverage.rulesB.identity.toStdString());
    };
    const ValueDifference difference
        = compared(coverage.rulesDiffer ? Comparer(coverage.rulesA, coverage.rulesB, m_options) : Comparer(coverage.rulesB, m_options));
    out += difference.suppressed;

    // What is neither shown nor left out for a reason of its own counts under one catalogue only.
    QSet<std::pair<FieldKind, QString>> told;
    for (const FieldChange &field : change ? change->fields : QList<FieldChange>())
        told.insert({field.kind, field.pointer});
    for (const SuppressedField &field : difference.suppressed)
        told.insert({field.field.kind, field.field.pointer});
    for (const QString &secret : difference.foreignSecrets)
        told.insert({FieldKind::Modified, secret});
    const auto rest = [&](const QList<FieldChange> &fields) {
        for (const FieldChange &field : fields) {
            if (told.contains({field.kind, field.pointer}) || told.contains({FieldKind::Modified, field.path}))
                continue;
            told.insert({field.kind, field.pointer});
            out.append({Reason::Rules, field});
        }
    };
    rest(difference.fields);
    if (coverage.rulesDiffer)
        rest(compared(Comparer(coverage.rulesB, m_options)).fields);
    return out;
}

} // namespace Orgtrace::Compare
