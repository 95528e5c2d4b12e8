// Swift's view of InterruptPrograms.S: none of these is called, only their addresses matter.

@_extern(c, "virtualmachines_set_flag") func setFlagProgram()
@_extern(c, "virtualmachines_set_flag_taken") func setFlagTaken()
@_extern(c, "virtualmachines_set_flag_halt") func setFlagHaltProgram()
@_extern(c, "virtualmachines_set_flag_halting") func setFlagHalting()
@_extern(c, "virtualmachines_lower_priority") func lowerPriorityProgram()
@_extern(c, "virtualmachines_lower_priority_taken") func lowerPriorityTaken()
@_extern(c, "virtualmachines_spin") func spinProgram()
