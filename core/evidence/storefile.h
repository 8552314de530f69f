#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QString>

namespace Orgtrace::Evidence {

struct RemoteSettings;

/// What store.toml says about the store itself. Private to the room.
struct StoreFile {
    int format = 0;
    QString storeId, writerId, keyFile;
};

/// Errors: NotAStore (no folder, no store.toml, not TOML), Integrity (evidence.git is gone), NewerFormat, BadInput (odd ids).
[[nodiscard]] Result<StoreFile> readStoreFile(const QString &folder);
[[nodiscard]] QByteArray storeFileText(const StoreFile &file);
/// That a file:// remote is somewhere else: what comes with a store, or is handed about under /proc and /dev, is no place to keep a copy. Looked at again
/// before each push, since links change. Errors: BadInput.
[[nodiscard]] Result<void> checkPlaceOfRemote(const QString &storeFolder, const RemoteSettings &remote);
/// A TOML basic string, quotes included.
[[nodiscard]] QByteArray tomlString(const QString &text);

} // namespace Orgtrace::Evidence
