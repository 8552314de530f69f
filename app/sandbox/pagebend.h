#pragma once

#include "sandbox/http.h"

#include <functional>

namespace Orgtrace::Sandbox {

/// What is wrong with a page: nothing, where all is as made.
struct PageBend {
    qint64 missing = 0; ///< so many rows at the front of the listing are not there
    qint64 shift = 0; ///< the page begins so many rows late, as if rows before it had gone
    qint64 largestPage = 0; ///< a page holds no more, whatever was asked for, and says so; 0: as asked
    qint64 totalLie = 0; ///< added to what `total` says
    bool again = false; ///< the rows of the page before (by cursor: of the first page) once more
    [[nodiscard]] bool isNone() const { return missing == 0 && shift == 0 && largestPage == 0 && totalLie == 0 && !again; }
};

/// The answer to a request with its page bent. It is composed of straight answers, so that it needs to know nothing of what is listed: within a page rows have
/// no order of their own, so that the rows of a page with the smallest ids count as its first ones.
[[nodiscard]] Answer bentAnswer(const Request &request, const PageBend &bend, const std::function<Answer(const Request &)> &straight);

/// The page number asked for (1 where none is), and whether the request goes on from a cursor.
[[nodiscard]] qint64 pageNumberOf(const QUrlQuery &query);
[[nodiscard]] bool hasCursor(const QUrlQuery &query);

} // namespace Orgtrace::Sandbox
