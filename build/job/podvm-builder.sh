#!/bin/sh
# Takes the words of the Job that this replaces: create, delete [-f] [-g], delete-gallery [-f].
exec image-factory job "$@"
