#include "access/access.h"

#include "access/reader.h"
#include "compare/clientrights.h"

namespace Orgtrace::Access {

struct AccessModel::Private {
    Resolver resolver;
};

AccessModel::AccessModel() = default;
AccessModel::AccessModel(AccessModel &&) noexcept = default;
AccessModel &AccessModel::operator=(AccessModel &&) noexcept = default;
AccessModel::~AccessModel() = default;

Result<AccessModel> AccessModel::build(const Evidence::Snapshot &snapshot, std::optional<bool> arePoliciesEnforced)
{
    FactsReader reader;
    const QStringList domains = FactsReader::domains() + FactsReader::nameDomains();
    for (const QString &domain : domains) {
        const Result<void> read = snapshot.forEachEntity(domain, [&](const QString &id, std::string_view text) {
            reader.entity(domain, id, text);
            return true;
        });
        if (!read) {
            return std::unexpected(read.error());
        }
    }
    Facts facts = reader.take(snapshot.manifest(), Compare::shortenedDomains(snapshot));
    facts.arePoliciesEnforced = arePoliciesEnforced;
    AccessModel model;
    model.d = std::make_unique<Private>(Resolver(std::move(facts)));
    return model;
}

const QList<Subject> &AccessModel::subjects() const
{
    return d->resolver.subjects();
}

Result<Subject> AccessModel::findSubject(const QString &idOrName) const
{
    return d->resolver.findSubject(idOrName);
}

EffectiveAccess AccessModel::effective(const Subject &subject) const
{
    return d->resolver.effective(subject);
}

QList<std::pair<Subject, QList<AccessPath>>> AccessModel::whoCan(const QString &permission) const
{
    return d->resolver.whoCan(permission);
}

QStringList AccessModel::caveats() const
{
    return d->resolver.caveats();
}

QStringList AccessModel::permissions() const
{
    return d->resolver.permissions();
}

const Resolver &AccessModel::resolver() const
{
    return d->resolver;
}

} // namespace Orgtrace::Access
