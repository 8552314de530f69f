#include "sandbox/generate.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {

QString Build::id(QLatin1StringView domain, const QString &name) const
{
    return uuid(settings.seed, domain + u'/' + name);
}

Dice Build::dice(QLatin1StringView domain, const QString &name) const
{
    return Dice(mix(settings.seed, u"dice/"_s + domain + u'/' + name));
}

QDateTime Build::before(Dice &dice, int days) const
{
    return settings.startUtc.addSecs(-86400LL * (2 + dice.below(days)) - dice.below(86400));
}

Body Build::reference(QLatin1StringView domain, const QString &name) const
{
    const Entity *entity = org.collection(domain).byName(name);
    return entity ? Body::object({{"id", Body(entity->id)}, {"name", Body(entity->name)}}) : Body();
}

Body Build::division(const QString &name) const
{
    const Entity *entity = org.collection(Domain::divisions).byName(name);
    return entity ? Body::object({{"id", Body(entity->id)}, {"name", Body(entity->name)}}) : Body();
}

Result<Organisation> generate(const GeneratorSettings &settings)
{
    Organisation org(settings.seed);
    Build build{org, settings};
    addPlatform(build);
    if (auto done = addRoles(build); !done)
        return std::unexpected(done.error());
    addRouting(build);
    addPeople(build);
    addGrants(build);
    return org;
}

} // namespace Orgtrace::Sandbox
