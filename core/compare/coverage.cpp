#include "compare/coverage.h"

#include "evidence/schema.h"

#include <algorithm>

namespace Orgtrace::Compare {

namespace {

Catalogue::DomainRules rulesFor(const Catalogue::Catalogue &catalogue, const QString &domain)
{
    const Catalogue::DomainRules *rules = catalogue.find(domain);
    return rules ? *rules : Catalogue::Catalogue::generic(domain);
}

/// Why one side alone forbids a conclusion; empty where it saw the domain whole.
QString unseenReason(const Evidence::LedgerRow &row, const QString &side)
{
    const QString reason = row.reason.isEmpty() ? QString() : QString(u": " + row.reason);
    switch (row.state) {
    case Evidence::LedgerState::Complete: return {};
    case Evidence::LedgerState::Carried:
        if (row.observedIn.isEmpty())
            return QStringLiteral("not seen in ") + side + reason + QStringLiteral("; never seen before");
        return QStringLiteral("carried in ") + side + reason + QStringLiteral("; last seen in ")
            + row.observedIn.first(std::min<qsizetype>(12, row.observedIn.size()));
    case Evidence::LedgerState::Forbidden: return QStringLiteral("forbidden in ") + side + reason;
    case Evidence::LedgerState::NotOffered: return QStringLiteral("not offered in ") + side + reason;
    }
    return {};
}

void addUnseen(DomainCoverage &coverage, const Evidence::LedgerRow &row, const QString &side)
{
    (side == QLatin1StringView("A") ? coverage.isUnseenInA : coverage.isUnseenInB)
        = !row.quarantined.isEmpty() || (!row.failedParents.isEmpty() && coverage.rulesB.sub.shape != QLatin1StringView("pivot"));
    int nameless = 0;
    for (const Evidence::Quarantined &entity : row.quarantined) {
        if (entity.id.isEmpty()) {
            ++nameless;
            continue;
        }
        coverage.unseen.insert(
            entity.id, QStringLiteral("could not be read in ") + side + (entity.why.isEmpty() ? QString() : QString(u": " + entity.why)));
    }
    if (nameless > 0) {
        (side == QLatin1StringView("A") ? coverage.namelessInA : coverage.namelessInB) = QString::number(nameless)
            + QStringLiteral(" of this domain could not be read in ") + side + QStringLiteral(" and carry no id");
    }
    for (const QString &parent : row.failedParents) {
        if (coverage.rulesB.sub.shape == QLatin1StringView("pivot"))
            coverage.unseenRows.insert(parent);
        else
            coverage.unseen.insert(parent, QStringLiteral("its listing could not be read in ") + side);
    }
}

} // namespace

bool wasNotAsked(const Evidence::LedgerRow &row)
{
    return row.reason.startsWith(QLatin1StringView("not-asked"));
}

bool wasNeverAsked(const Evidence::LedgerRow &row)
{
    return row.state == Evidence::LedgerState::Carried && wasNotAsked(row) && row.observedIn.isEmpty();
}

Coverage coverageOf(const Evidence::Manifest &a, const Catalogue::Catalogue &catalogueA, const Evidence::Manifest &b,
                    const Catalogue::Catalogue &catalogueB, const QStringList &wanted)
{
    Coverage out;
    QStringList domains = wanted;
    if (domains.isEmpty()) {
        for (const Evidence::Manifest *manifest : {&a, &b}) {
            for (const Evidence::LedgerRow &row : manifest->ledger)
                domains.append(row.domain);
        }
    }
    domains.sort();
    domains.removeDuplicates();
    for (const QString &domain : std::as_const(domains)) {
        const Evidence::LedgerRow *inA = a.row(domain), *inB = b.row(domain);
        const auto refuse = [&out, &domain](const QString &why) { out.notComparable.append({domain, {}, why}); };
        if (!inA || !inB) {
            refuse(!inA && !inB ? QStringLiteral("not asked in A or B")
                       : !inA   ? QStringLiteral("not asked in A")
                                : QStringLiteral("not asked in B"));
            continue;
        }
        if (wanted.isEmpty() && wasNeverAsked(*inA) && wasNeverAsked(*inB))
            continue; // outside what this organisation's captures cover; asked for by name it is still answered
        if (!Evidence::Schema::current().areComparable(a.schemaVersion, b.schemaVersion)) {
            refuse(QStringLiteral("schema version %1 began a new baseline; A has version %2, B version %3")
                       .arg(Evidence::Schema::current().baselineOf(std::max(a.schemaVersion, b.schemaVersion)))
                       .arg(a.schemaVersion)
                       .arg(b.schemaVersion));
            continue;
        }
        const QString whyA = unseenReason(*inA, QStringLiteral("A")), whyB = unseenReason(*inB, QStringLiteral("B"));
        if (!whyA.isEmpty() || !whyB.isEmpty()) {
            refuse(whyA.isEmpty() ? whyB : whyB.isEmpty() ? whyA : QString(whyA + QStringLiteral("; ") + whyB));
            continue;
        }
        DomainCoverage coverage;
        coverage.rulesA = rulesFor(catalogueA, domain);
        coverage.rulesB = rulesFor(catalogueB, domain);
        const auto hashOf = [](const Evidence::LedgerRow &row, const Catalogue::DomainRules &rules) {
            return row.catalogueHash.isEmpty() ? QString::fromLatin1(rules.hash()) : row.catalogueHash;
        };
        coverage.rulesDiffer = hashOf(*inA, coverage.rulesA) != hashOf(*inB, coverage.rulesB);
        if (coverage.rulesDiffer) {
            out.rulesChanged.append(domain);
            const auto &ra = coverage.rulesA, &rb = coverage.rulesB;
            coverage.askedDifferently = ra.path != rb.path || ra.query != rb.query;
            if (ra.identity != rb.identity || ra.sub.parent != rb.sub.parent || ra.sub.shape != rb.sub.shape || ra.sub.into != rb.sub.into
                || ra.sub.parentKey != rb.sub.parentKey || ra.sub.expandKey != rb.sub.expandKey) {
                refuse(QStringLiteral("the catalogue keys or composes it in another way in A than in B"));
                continue;
            }
        }
        addUnseen(coverage, *inA, QStringLiteral("A"));
        addUnseen(coverage, *inB, QStringLiteral("B"));
        out.domains.emplace(domain, std::move(coverage));
    }
    return out;
}

} // namespace Orgtrace::Compare
