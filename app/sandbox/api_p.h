#pragma once

#include "sandbox/api.h"

namespace Orgtrace::Sandbox {

/// One authorised request on its way through a handler.
struct Api::Call {
    const Request &request;
    const Route &route;
    QStringList ids; ///< what stood for {id}
    Caller caller;
    Reach reach;
};

struct Api::Route {
    QByteArray method;
    QString pattern; ///< "users/{id}", below /api/v2/
    QStringList permissionsAny; ///< empty: a token is enough
    QString domain;
    Paging paging = Paging::PageNumber;
    int maxPageSize = 100;
    Answer (Api::*handler)(const Call &) = nullptr;
    bool everyDivision = false; ///< the permission must be held in every division
};

} // namespace Orgtrace::Sandbox
