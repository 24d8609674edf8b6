// SPDX-License-Identifier: GPL-3.0-or-later
// Drag and drop of a queue: its own rows are moved, files become items where they are dropped.
#include "ui/models/queue_model.h"

#include <QDataStream>
#include <QFileInfo>
#include <QIODevice>
#include <QMimeData>
#include <QUrl>

#include <set>

namespace swb::ui {
namespace {

const QString kRowsType = QStringLiteral("application/x-swb-queue-rows");
const QString kFilesType = QStringLiteral("text/uri-list");

/// The view names a row between two others, or the row under the pointer, or nothing for the empty
/// space.
int dropRow(int row, const QModelIndex& parent, int size)
{
    if (row >= 0)
        return row;
    return parent.isValid() ? parent.row() : size;
}

} // namespace

Qt::DropActions QueueModel::supportedDropActions() const
{
    return Qt::MoveAction | Qt::CopyAction;
}

Qt::DropActions QueueModel::supportedDragActions() const
{
    return Qt::MoveAction;
}

QStringList QueueModel::mimeTypes() const
{
    return {kRowsType, kFilesType};
}

QMimeData* QueueModel::mimeData(const QModelIndexList& indexes) const
{
    std::set<int> rows;
    for (const QModelIndex& index : indexes)
        rows.insert(index.row());
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    // The address tells our rows from those of another queue or another process.
    stream << static_cast<quint64>(reinterpret_cast<quintptr>(this))
           << static_cast<quint32>(rows.size());
    for (const int row : rows)
        stream << row;
    auto* mime = new QMimeData;
    mime->setData(kRowsType, bytes);
    return mime;
}

bool QueueModel::canDropMimeData(
    const QMimeData* data, Qt::DropAction, int, int, const QModelIndex&) const
{
    return data->hasFormat(kRowsType) || data->hasUrls();
}

bool QueueModel::dropMimeData(
    const QMimeData* data, Qt::DropAction action, int row, int, const QModelIndex& parent)
{
    if (action == Qt::IgnoreAction)
        return true;
    const int at = dropRow(row, parent, size());
    if (data->hasUrls()) {
        dropFiles(*data, at);
        return true;
    }
    QDataStream stream(data->data(kRowsType));
    quint64 owner = 0;
    quint32 count = 0;
    stream >> owner >> count;
    if (owner != static_cast<quint64>(reinterpret_cast<quintptr>(this)))
        return false;
    std::vector<int> rows;
    for (quint32 i = 0; i < count && stream.status() == QDataStream::Ok; ++i) {
        int moved = -1;
        stream >> moved;
        if (moved >= 0 && moved < size())
            rows.push_back(moved);
    }
    move(std::move(rows), at);
    return true;
}

void QueueModel::dropFiles(const QMimeData& data, int row)
{
    std::vector<workbench::QueueItem> items;
    QStringList notFiles;
    for (const QUrl& url : data.urls()) {
        const QString path = url.toLocalFile();
        if (path.isEmpty() || QFileInfo(path).isDir())
            notFiles << url.toDisplayString(QUrl::PreferLocalFile);
        else
            items.push_back(workbench::QueueItem::file(path.toStdString()));
    }
    add(row, std::move(items));
    if (!notFiles.isEmpty()) {
        emit refused(tr("Not added, because only files on this computer can be sent: %1. Choose "
                        "the files in it instead.")
                         .arg(notFiles.join(QStringLiteral(", "))));
    }
}

} // namespace swb::ui
