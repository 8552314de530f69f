#include "operations/personsignin.h"

#include "genesys/browsersignin.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

Result<void> canRunUnattended(const Evidence::OrganisationSettings &organisation)
{
    if (organisation.grant == u"client") {
        return {};
    }
    return Error::make(
        ErrorCode::NeedsPerson,
        u"'%1' is signed in to by a person in a browser (grant %2), whose session ends; what runs unattended wants client "
        "credentials: orgtracectl org add %1 --grant client --client-id ID --secret-stdin"_s.arg(organisation.name, organisation.grant),
        organisation.name);
}

Result<quint16> redirectPort(const Evidence::OrganisationSettings &organisation)
{
    if (organisation.redirectPort.isEmpty()) {
        return Genesys::DefaultRedirectPort;
    }
    bool isNumber = false;
    const int port = organisation.redirectPort.toInt(&isNumber);
    if (!isNumber || port < 1 || port > 65535) {
        return Error::make(ErrorCode::BadInput, u"redirect_port in store.toml is a number from 1 to 65535"_s, organisation.name);
    }
    return static_cast<quint16>(port);
}

} // namespace Orgtrace::Operations
