#pragma once

#include <QObject>

namespace Orgtrace {

/// Deleter for an object whose signals nobody wants any more: cut off at once, deleted when control is back in the event loop, since the object
/// itself may be calling.
struct QuietLaterDeleter {
    void operator()(QObject *object) const
    {
        object->disconnect();
        object->deleteLater();
    }
};

} // namespace Orgtrace
